package files

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// KeyRow is one key in the table.
type KeyRow struct {
	Key, Models, Expires, State string
}

func (r *Report) keyTable(w io.Writer) {
	if len(r.Keys)+r.Issued > 0 {
		fmt.Fprintln(w)
	}
	if r.Issued > 0 {
		fmt.Fprintf(w, "  %d %s made with /key/generate\n", r.Issued, plural("key", r.Issued))
	}
	if len(r.Keys) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  key\tmodels\texpires\tstate")
	for _, row := range r.Keys {
		fmt.Fprintf(t, "  %s\t%s\t%s\t%s\n", row.Key, row.Models, row.Expires, row.State)
	}
	// The builder behind w takes everything.
	_ = t.Flush()
}

// keyRows lists the keys of w by namespace and name.
func (w *world) keyRows(now time.Time) []KeyRow {
	rows := make([]KeyRow, 0, len(w.keys))
	for _, name := range names(w.keys) {
		k := w.keys[name]
		row := KeyRow{Key: name.Name, Models: "all", Expires: "never", State: k.state(metav1.NewTime(now))}
		if name.Namespace != w.gateway.Namespace {
			row.Key = name.String()
		}
		if models := k.object.Spec.AllowedModels; len(models) > 0 {
			texts := make([]string, len(models))
			for i, m := range models {
				texts[i] = string(m)
			}
			row.Models = strings.Join(first(texts), ", ")
		}
		if at := k.object.Spec.ExpiresAt; at != nil {
			row.Expires = at.UTC().Format(time.RFC3339)
		}
		rows = append(rows, row)
	}
	return rows
}

// keyProblems are those of keys that read well and cannot be served as they are.
func (w *world) keyProblems(st *stack) []Problem {
	var problems []Problem
	for _, name := range names(w.keys) {
		if message := w.keys[name].problem(); message != "" {
			o := st.objects[key{v1alpha1.KindGatewayKey, name}]
			problems = append(problems, Problem{File: o.file, Line: o.line, Object: o.String(), Message: message})
		}
	}
	return problems
}
