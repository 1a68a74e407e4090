package row

import (
	"strconv"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/ledger"
)

// Dialect is what databases spell in ways of their own.
type Dialect struct {
	// Table of events.
	Table string
	// Placeholder precedes the number of a parameter: `$`, `?`.
	Placeholder string
	// Time and ID are the values of parameters.
	Time func(time.Time) any
	ID   func(ledger.ID) any
}

// Search is the query for a page of a gateway's events, one more than the page holds, with its parameters. Whatever a client may have
// chosen is a parameter. The error wraps ledger.ErrCursor.
func (d Dialect) Search(gateway string, f ledger.Filter) (query string, args []any, err error) {
	s := search{dialect: d}
	s.and("gateway = ", gateway)
	s.andTime("started_at >= ", f.From)
	s.andTime("started_at < ", f.To)
	s.andText("key_id = ", ledger.CleanShort(f.KeyID))
	s.andText("user_name = ", ledger.CleanName(f.User))
	s.andText("model = ", ledger.CleanName(f.Model))
	s.andText("request_id = ", ledger.CleanShort(f.RequestID))
	if f.Cursor != "" {
		place, err := ledger.ParsePlace(f.Cursor)
		if err != nil {
			return "", nil, err
		}
		s.conditions = append(s.conditions, "(started_at, id) < ("+s.parameter(d.Time(place.Start))+", "+s.parameter(d.ID(place.ID))+")")
	}
	return "SELECT id, started_at, " + Columns + " FROM " + d.Table + " WHERE " + strings.Join(s.conditions, " AND ") +
		" ORDER BY started_at DESC, id DESC LIMIT " + strconv.Itoa(limitOf(f)+1), s.args, nil
}

// Page makes a page of the events that Search found.
func Page(f ledger.Filter, found []*ledger.Event) ledger.Page {
	limit := limitOf(f)
	if len(found) <= limit {
		return ledger.Page{Events: found}
	}
	last := found[limit-1]
	return ledger.Page{Events: found[:limit], Next: ledger.Place{Start: last.Start, ID: last.ID}.String()}
}

func limitOf(f ledger.Filter) int {
	if f.Limit <= 0 {
		return ledger.DefaultLimit
	}
	return min(f.Limit, ledger.MaxLimit)
}

// search is a query in the making.
type search struct {
	dialect    Dialect
	conditions []string
	args       []any
}

func (s *search) parameter(value any) string {
	s.args = append(s.args, value)
	return s.dialect.Placeholder + strconv.Itoa(len(s.args))
}

func (s *search) and(condition string, value any) {
	s.conditions = append(s.conditions, condition+s.parameter(value))
}

func (s *search) andText(condition, value string) {
	if value != "" {
		s.and(condition, value)
	}
}

func (s *search) andTime(condition string, t time.Time) {
	if !t.IsZero() {
		s.and(condition, s.dialect.Time(t))
	}
}
