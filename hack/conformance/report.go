package conformance

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// cell is the result of one feature of a client with one provider.
type cell struct {
	feature, provider string
	ok                bool
	// detail says what is wrong.
	detail string
}

// row is what is known of one client.
type row struct {
	client  client
	version string
	// missing is why it could not be run.
	missing string
	cells   []cell
}

// report is the table.
type report struct {
	features []feature
	rows     []*row
}

func (r *row) add(c cell) { r.cells = append(r.cells, c) }

// count returns how many cells of a feature there are, and how many of them failed. The empty name stands for all features.
func (r *row) count(feature string) (all, failed int) {
	for _, c := range r.cells {
		if feature != "" && c.feature != feature {
			continue
		}
		all++
		if !c.ok {
			failed++
		}
	}
	return all, failed
}

// summary of the row in a few words.
func (r *row) summary() string {
	all, failed := r.count("")
	if failed == 0 {
		return fmt.Sprintf("%d cells passed", all)
	}
	return fmt.Sprintf("%d of %d cells failed", failed, all)
}

// state of a feature, over all providers: what the table shows.
func (r *row) state(feature string) string {
	switch all, failed := r.count(feature); {
	case r.missing != "":
		return "SKIP"
	case all == 0:
		return "–"
	case failed == 0:
		return "PASS"
	case all == 1:
		return "FAIL"
	default:
		return fmt.Sprintf("FAIL %d/%d", failed, all)
	}
}

// failed reports whether any cell did.
func (r *report) failed() bool {
	for _, row := range r.rows {
		if _, failed := row.count(""); failed > 0 {
			return true
		}
	}
	return false
}

// print writes the table, and below it what is behind each FAIL and SKIP.
func (r *report) print(out io.Writer) error {
	b := bufio.NewWriter(out)
	fmt.Fprintln(b)
	t := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	titles := make([]string, len(r.features))
	for i, f := range r.features {
		titles[i] = f.Title
	}
	fmt.Fprintf(t, "CLIENT\tVERSION\t%s\n", strings.Join(titles, "\t"))
	for _, row := range r.rows {
		states := make([]string, len(r.features))
		for i, f := range r.features {
			states[i] = row.state(f.Name)
		}
		fmt.Fprintf(t, "%s\t%s\t%s\n", row.client.name, row.version, strings.Join(states, "\t"))
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	r.details(b)
	if err := b.Flush(); err != nil {
		return fmt.Errorf("writing the report: %w", err)
	}
	return nil
}

func (r *report) details(out io.Writer) {
	for _, row := range r.rows {
		if row.missing != "" {
			fmt.Fprintf(out, "\nSKIP %s: %s\n", row.client.name, row.missing)
		}
		head := "\nFAIL " + row.client.name
		for _, c := range row.cells {
			if c.ok {
				continue
			}
			if head != "" {
				fmt.Fprintln(out, head)
				head = ""
			}
			fmt.Fprintf(out, "  %-10s %-10s %s\n", c.feature, c.provider, strings.ReplaceAll(c.detail, "\n", " "))
		}
	}
}
