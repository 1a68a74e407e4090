package explain

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"
)

// WriteText writes the explanation for a person.
func (e *Explanation) WriteText(w io.Writer) error {
	p := &printer{table: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)}
	p.row("%s", e.headline())
	p.row("")
	p.about(e)
	p.targets(e)
	p.limits(e.Limits)
	p.budgets(e.Budgets)
	p.rest(e)
	if p.err != nil {
		return p.err
	}
	return p.table.Flush()
}

// headline is the verdict.
func (e *Explanation) headline() string {
	if e.Verdict.Status < 400 {
		return fmt.Sprintf("%s would be %s.", e.Model, e.Verdict.Because)
	}
	return fmt.Sprintf("%s would be refused with %d: %s.", e.Model, e.Verdict.Status, e.Verdict.Because)
}

// printer keeps the first error, so that its callers need not look at each.
type printer struct {
	table *tabwriter.Writer
	err   error
}

func (p *printer) row(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.table, format+"\n", args...)
	}
}

// section ends one table, so that its columns do not widen those of the next.
func (p *printer) section() {
	if p.err == nil {
		p.err = p.table.Flush()
	}
}

func (p *printer) about(e *Explanation) {
	alias := e.Alias
	if e.Pattern != "" {
		alias += ", which serves " + e.Pattern
	}
	p.row("alias\t%s", alias)
	key := e.Caller.Key
	if e.Caller.KeyID != e.Caller.Key {
		key += " (" + e.Caller.KeyID + ")"
	}
	if e.Caller.Expires != nil {
		key += ", until " + e.Caller.Expires.Format(time.RFC3339)
	}
	p.row("key\t%s", key)
	if e.Caller.User != "" {
		p.row("user\t%s", e.Caller.User)
	}
	p.row("strategy\t%s", e.Strategy)
	p.row("as of\t%s", e.Time.Format(time.RFC3339))
	p.section()
}

func (p *printer) targets(e *Explanation) {
	p.row("\nTRY\tTARGET\tMODEL\tPROVIDER\tUNDER WAY\tFIRST BYTE\tFAILED IN 10s\tPRICE IN, OUT\tWHY")
	for i := range e.Targets {
		t := &e.Targets[i]
		p.row("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", t.turn(), t.Name, t.UpstreamModel, t.Provider, t.load(), millis(t.FirstByteMillis),
			fmt.Sprintf("%d of %d", t.Failures, t.Requests), t.Price.perMillion(), t.reason(e.Retries.Further))
	}
	p.section()
	p.servers(e)
}

// servers are those of the targets that have several.
func (p *printer) servers(e *Explanation) {
	titled := false
	for i := range e.Targets {
		for j := range e.Targets[i].Servers {
			if !titled {
				titled = true
				p.row("\nSERVER\tTARGET\tURL\tUNDER WAY\tWHY")
			}
			s := &e.Targets[i].Servers[j]
			p.row("%s\t%s\t%s\t%d\t%s", s.Name, e.Targets[i].Name, s.URL, s.UnderWay, s.why())
		}
	}
	p.section()
}

func (s *Server) why() string {
	switch {
	case s.Missing:
		return "left out: it does not have the model yet"
	case s.AwayUntil != nil:
		return "passed over until " + s.AwayUntil.Format(time.RFC3339) + ": it could not be reached"
	case s.Chosen:
		return "chosen, unless the conversation belongs to another"
	}
	return "-"
}

func (t *Target) turn() string {
	if !t.Reached {
		return "-"
	}
	return strconv.Itoa(t.Position)
}

func (t *Target) reason(further int) string {
	why := t.Why
	if t.NotAllowed {
		why += "; its address is not one that this gateway may call: the log has it"
	}
	if t.Position > 0 && !t.Reached {
		return fmt.Sprintf("not reached: a request stops after %d targets; %s", 1+further, why)
	}
	return why
}

func (t *Target) load() string {
	if t.Queued > 0 {
		return fmt.Sprintf("%d, %d wait", t.UnderWay, t.Queued)
	}
	return strconv.Itoa(t.UnderWay)
}

func millis(n int64) string {
	if n == 0 {
		return "-"
	}
	return (time.Duration(n) * time.Millisecond).String()
}

func (p *Price) perMillion() string {
	if p == nil {
		return "-"
	}
	text := fmt.Sprintf("$%s, $%s per 1M", p.Input, p.Output)
	if p.Request != "0" {
		text += ", $" + p.Request + " each"
	}
	return text
}

func (p *printer) limits(limits []Limit) {
	if len(limits) == 0 {
		return
	}
	p.row("\nLIMIT\tPER\tLEFT\tOF\tIN\tANEW")
	for i := range limits {
		l := &limits[i]
		in, anew := "at a time", "-"
		if l.Reset != nil {
			in, anew = brief(l.Window), l.Reset.Format(time.RFC3339)
		}
		per := strings.ToLower(l.Per)
		if l.Target != "" {
			per += " " + l.Target
		}
		p.row("%s\t%s\t%d\t%d %s\t%s\t%s", l.Name, per, l.Remaining, l.Max, l.Kind, in, anew)
	}
	p.section()
}

func (p *printer) budgets(budgets []Budget) {
	if len(budgets) == 0 {
		return
	}
	p.row("\nBUDGET\tSPENT\tOF\tIN A\tONCE SPENT\tANEW")
	for i := range budgets {
		b := &budgets[i]
		name, spent := b.Name, "$"+b.Spent
		if name == "" {
			name = "the key's own"
		}
		if !b.Known {
			spent += " at least, the database did not answer"
		}
		if b.Exceeded {
			spent += " (all)"
		}
		p.row("%s\t%s\t$%s\t%s\t%s\t%s", name, spent, b.Limit, strings.ToLower(b.Window), strings.ToLower(b.Action), b.Until.Format(time.RFC3339))
	}
	p.section()
}

// title is the budget in a sentence.
func (b *Budget) title() string {
	if b.Name == "" {
		return "key's own budget"
	}
	return "budget '" + b.Name + "'"
}

func (p *printer) rest(e *Explanation) {
	cache := "off"
	if c := e.Cache; c != nil {
		cache = fmt.Sprintf("equal requests of one %s, for %s, answers up to %d bytes", strings.ToLower(c.Scope), brief(c.TTL), c.MaxBytes)
	}
	p.row("\ncache\t%s", cache)
	retries := "off"
	if e.Retries.Further > 0 && len(e.Retries.On) > 0 {
		retries = fmt.Sprintf("%d more after %s", e.Retries.Further, strings.Join(e.Retries.On, ", "))
		if e.Retries.BudgetPercent > 0 {
			retries += fmt.Sprintf("; at most %d %% of the requests are retries", e.Retries.BudgetPercent)
		}
	}
	p.row("retries\t%s", retries)
}

// brief writes a duration without parts that are zero: 1m, 1h30m.
func brief(text string) string {
	if rest, ok := strings.CutSuffix(text, "m0s"); ok {
		text = rest + "m"
	}
	if rest, ok := strings.CutSuffix(text, "h0m"); ok {
		text = rest + "h"
	}
	return text
}
