package files

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"k8s.io/apimachinery/pkg/types"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/controllers/compile"
)

// Report tells a person what the files say now.
type Report struct {
	// First is true for the first one.
	First bool
	// At is when the files had been taken into service, and Took how long that took.
	At   time.Time
	Took time.Duration
	// Problems of the manifests, in the order of files and lines. Later reports hold only what is new.
	Problems []Problem
	// Mended is true where the report before had problems and now there are none.
	Mended bool
	// Notes are lines on what is of no consequence: manifests that are passed over.
	Notes []string
	// Open is true where no key is needed to call.
	Open bool
	// Rows are all aliases.
	Rows []Row
	// Keys are all keys of the manifests.
	Keys []KeyRow
	// Issued is how many keys there are besides: those that were made through the gateway.
	Issued int
	// Changes are what later reports say: `~1 alias (chat)`.
	Changes []string
}

// Row is one alias in the table.
type Row struct {
	Alias, Targets, State string
}

// Print writes the report: the table at first, and afterwards one line for what changed.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	for _, p := range r.Problems {
		fmt.Fprintln(&b, p)
	}
	switch {
	case r.First:
		for _, note := range r.Notes {
			fmt.Fprintln(&b, "note:", note)
		}
		r.table(&b)
		r.keyTable(&b)
	case len(r.Changes) > 0:
		fmt.Fprintf(&b, "%s reloaded in %d ms: %s\n", r.At.Format(time.TimeOnly), max(1, r.Took.Milliseconds()), strings.Join(r.Changes, ", "))
	case r.Mended:
		fmt.Fprintf(&b, "%s every manifest is good again\n", r.At.Format(time.TimeOnly))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func (r *Report) table(w io.Writer) {
	if len(r.Rows) == 0 {
		fmt.Fprintln(w, "  no ModelAlias yet: every model is answered with 404")
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(t, "  alias\ttargets\tstate")
	for _, row := range r.Rows {
		fmt.Fprintf(t, "  %s\t%s\t%s\n", row.Alias, row.Targets, row.State)
	}
	// The builder behind w takes everything.
	_ = t.Flush()
}

// rows lists the aliases of w by namespace and name.
func (w *world) rows() []Row {
	rows := make([]Row, 0, len(w.aliases))
	for _, name := range names(w.aliases) {
		a := w.aliases[name]
		rows = append(rows, Row{Alias: a.result.Model, Targets: w.targets(a.object), State: w.state(a)})
	}
	return rows
}

// targets writes the targets of the spec in the order in which they are tried: `a/x, b/y → c/z`.
func (w *world) targets(a *v1alpha1.ModelAlias) string {
	targets := slices.Clone(a.Spec.Targets)
	slices.SortStableFunc(targets, func(x, y v1alpha1.Target) int { return int(priority(&x)) - int(priority(&y)) })
	var b strings.Builder
	for i := range targets {
		switch {
		case i > 0 && priority(&targets[i]) != priority(&targets[i-1]):
			b.WriteString(" → ")
		case i > 0:
			b.WriteString(", ")
		}
		b.WriteString(string(targets[i].ProviderRef.Name) + "/" + string(targets[i].Model))
	}
	return b.String()
}

func priority(t *v1alpha1.Target) int32 {
	if t.Priority == nil {
		return 0
	}
	return *t.Priority
}

// state says whether the alias can answer, and what stands against its targets.
func (w *world) state(a *aliasState) string {
	notes := strings.Join(w.notes(a.object), "; ")
	if a.object.Status.Route == nil {
		if a.result.Accepted != nil {
			return "not served: " + a.result.Accepted.Message
		}
		return "not served: " + cmp.Or(notes, reason(a.result))
	}
	state := "not ready"
	if w.ready(a) {
		state = "ready"
	}
	if a.result.Kept {
		state += ", last good route: " + reason(a.result)
	}
	if notes != "" {
		state += " (" + notes + ")"
	}
	return state
}

// ready says whether a target of the alias's route can answer, as far as is known.
func (w *world) ready(a *aliasState) bool {
	route := a.object.Status.Route
	return route != nil && slices.ContainsFunc(route.Targets, func(t v1alpha1.RouteTarget) bool {
		namespace, name, _ := strings.Cut(t.Provider, "/")
		p := w.providers[types.NamespacedName{Namespace: namespace, Name: name}]
		return t.Weight > 0 && p != nil && p.answers(string(t.Model))
	})
}

// reason is the first of the problems of an alias.
func reason(r compile.AliasResult) string {
	if r.Accepted != nil {
		return r.Accepted.Message
	}
	if r.ResolvedRefs != nil {
		return r.ResolvedRefs.Message
	}
	return ""
}

// problems are those of aliases that read well and cannot be served as they are. What a missing variable or a missing model
// causes is not among them: that is no mistake in a manifest.
func (w *world) problems(st *stack) []Problem {
	var problems []Problem
	for _, name := range names(w.aliases) {
		a := w.aliases[name]
		if reason(a.result) == "" || (a.result.Accepted == nil && len(w.notes(a.object)) > 0) {
			continue
		}
		o := st.objects[key{v1alpha1.KindModelAlias, name}]
		problems = append(problems, Problem{File: o.file, Line: o.line, Object: o.String(), Message: reason(a.result)})
	}
	return problems
}

// notes says what stands against the targets of an alias, each thing once.
func (w *world) notes(a *v1alpha1.ModelAlias) []string {
	var notes []string
	for i := range a.Spec.Targets {
		t := &a.Spec.Targets[i]
		namespace := cmp.Or(string(t.ProviderRef.Namespace), a.Namespace)
		p := w.providers[types.NamespacedName{Namespace: namespace, Name: string(t.ProviderRef.Name)}]
		if p == nil {
			continue
		}
		if note := p.against(string(t.Model)); note != "" {
			notes = append(notes, string(t.ProviderRef.Name)+": "+note)
		}
	}
	slices.Sort(notes)
	return slices.Compact(notes)
}
