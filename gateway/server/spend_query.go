package server

import (
	"context"
	"net/url"
	"time"

	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
)

// spendQuery is one question.
type spendQuery struct {
	Usage
	keys  *snapshot.Keys
	query url.Values
	now   time.Time
}

// ask returns the answer, and the cursor of the next page where there is one.
func (q *spendQuery) ask(ctx context.Context, which report) (answer any, next string, err error) {
	switch which {
	case spendLogs:
		return q.logs(ctx)
	case spendKeys:
		answer, err = q.byKey(ctx)
	case spendUsers:
		answer, err = q.byUser(ctx)
	case spendModels:
		answer, err = q.byModel(ctx)
	default:
		answer, err = q.by(ctx)
	}
	return answer, "", err
}

// span is the time that is asked about: from From on and before To, either of which may be zero.
type span struct{ from, to time.Time }

// span reads start_date and end_date, each a day or a time. An end that is a day includes that day.
func (q *spendQuery) span() (s span, err error) {
	if s.from, _, err = q.date("start_date"); err != nil {
		return s, err
	}
	to, day, err := q.date("end_date")
	if err != nil {
		return s, err
	}
	if day {
		to = to.AddDate(0, 0, 1)
	}
	s.to = to
	if !s.from.IsZero() && !s.to.IsZero() && !s.from.Before(s.to) {
		return s, fault.Invalid(fault.CodeInvalidValue, "end_date", "'end_date' must not be before 'start_date'.")
	}
	return s, nil
}

// days widens the span to whole days of UTC, and what is open to all that there is.
func (s span) days(now time.Time) (from, to time.Time) {
	const day = 24 * time.Hour
	from, to = s.from, s.to
	if from.IsZero() {
		from = time.Unix(0, 0)
	}
	if to.IsZero() {
		to = now
	}
	return from.UTC().Truncate(day), to.UTC().Add(day - time.Nanosecond).Truncate(day)
}

// date reads a parameter; day says that it has no time of the day. It is zero where there is none.
func (q *spendQuery) date(name string) (t time.Time, day bool, err error) {
	text := q.query.Get(name)
	if text == "" {
		return time.Time{}, false, nil
	}
	if t, err := time.Parse(time.DateOnly, text); err == nil {
		return t, true, nil
	}
	for _, layout := range []string{time.RFC3339, time.DateTime} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), false, nil
		}
	}
	return time.Time{}, false, fault.Invalid(fault.CodeInvalidValue, name,
		"'%s' must be a day such as 2026-11-23 or a time such as 2026-11-23T12:00:00Z, not '%s'.", name, fault.Clip(text))
}
