package keyapi

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/validation"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
	"github.com/fairlead-dev/fairlead/gateway/fault"
	"github.com/fairlead-dev/fairlead/gateway/fields"
	"github.com/fairlead-dev/fairlead/gateway/jsonscan"
	"github.com/fairlead-dev/fairlead/gateway/keystore"
	"github.com/fairlead-dev/fairlead/gateway/policy"
)

const (
	// limitName is what the one rate limit of such a key is called.
	limitName = "key"
	// maxAlias bounds the name that a person gives a key, in bytes, and maxMetadata the JSON of its metadata.
	maxAlias    = 256
	maxMetadata = 4 << 10
	// Bounds of the limits, which are those of the kind GatewayKey.
	maxRequests, maxTokens, maxParallel = 1_000_000_000, 1_000_000_000_000, 1_000_000
)

// Generate is what a request for a key asks for.
type Generate struct {
	// Secret is the key that the caller chose; empty where one is to be made.
	Secret string
	// Key is all that the store keeps but the digest and the name.
	Key keystore.Key
	// Ignored are fields that change nothing about what the key may do, and that nobody keeps.
	Ignored []string
}

// ParseGenerate reads the body of /key/generate. A key that could do more than was asked for is never made: a field that would bound it
// and cannot be kept is refused, others are ignored and named. The error is a *fault.Error.
func ParseGenerate(body []byte, now time.Time) (*Generate, error) {
	o, err := read(body)
	if err != nil {
		return nil, err
	}
	g := &Generate{Secret: secret(o)}
	g.Key.Alias = text(o, "key_alias", maxAlias)
	g.Key.Metadata = metadata(o)
	g.Key.Models = models(o)
	g.Key.Limit = limit(o)
	g.Key.Expires = expiry(o, now)
	g.Key.Owner = owner(o)
	g.Key.Team = team(o)
	budgetGiven := o.Has("max_budget")
	g.Key.Budget = budget(o)
	if !budgetGiven && o.Has("budget_duration") {
		g.ignore("budget_duration")
		o.Drop("budget_duration")
	}
	refuseBounds(o)
	o.Rest(func(name string, value json.RawMessage) {
		if !says(value) {
			return
		}
		g.ignore(name)
	})
	if err := o.Err(); err != nil {
		return nil, err
	}
	return g, nil
}

// read is strict: what one reader of the document could take for something else is refused.
func read(body []byte) (*fields.Object, error) {
	if len(strings.TrimSpace(string(body))) == 0 {
		body = []byte("{}")
	}
	if _, err := jsonscan.Scan(&jsonscan.Spec{}, body); err != nil {
		return nil, fmt.Errorf("scanning the request: %w", err)
	}
	return fields.Read(body)
}

// ignore names a field. There may be many, which a person does not read.
func (g *Generate) ignore(name string) {
	const most = 64
	if len(g.Ignored) < most {
		g.Ignored = append(g.Ignored, fault.Clip(name))
	}
}

// secret is a key that the caller chose. It is never repeated.
func secret(o *fields.Object) string {
	const shortest, longest = 20, 256
	key := o.Text("key")
	if key == "" {
		return ""
	}
	printable := strings.IndexFunc(key, func(r rune) bool { return r <= ' ' || r > '~' }) < 0
	if !strings.HasPrefix(key, "sk-") || len(key) < shortest || len(key) > longest || !printable {
		o.Invalid("key", "must begin with 'sk-' and have %d to %d printable characters of ASCII.", shortest, longest)
	}
	return key
}

// text is a string that a person reads.
func text(o *fields.Object, name string, most int) string {
	value := o.Text(name)
	if len(value) > most || !policy.ValidUser(value) {
		o.Invalid(name, "must have at most %d bytes and no control characters.", most)
	}
	return value
}

func owner(o *fields.Object) string { return text(o, "user_id", policy.MaxUser) }

// team becomes a label, by which budgets and aliases select keys.
func team(o *fields.Object) string {
	value := o.Text("team_id")
	if problems := validation.IsValidLabelValue(value); len(problems) > 0 {
		o.Invalid("team_id", "becomes the label '%s': %s.", keystore.LabelTeam, problems[0])
	}
	return value
}

func metadata(o *fields.Object) json.RawMessage {
	raw := o.Schema("metadata")
	if len(raw) > maxMetadata {
		o.Invalid("metadata", "must have at most %d bytes.", maxMetadata)
	}
	if !says(raw) {
		return nil
	}
	return raw
}

// limit joins the bounds of a minute and that of parallel calls.
func limit(o *fields.Object) *v1alpha1.RateLimit {
	l := v1alpha1.RateLimit{
		Requests: bounded(o, "rpm_limit", maxRequests),
		Tokens:   bounded(o, "tpm_limit", maxTokens),
		Parallel: bounded(o, "max_parallel_requests", maxParallel),
	}
	if l == (v1alpha1.RateLimit{}) {
		return nil
	}
	l.Name, l.Per, l.Window = limitName, v1alpha1.LimitPerKey, "1m"
	return &l
}

// bounded is 0 where there is no limit.
func bounded(o *fields.Object, name string, most int64) int64 {
	if !o.Has(name) {
		return 0
	}
	n := o.Int(name)
	if n < 1 || n > most {
		o.Invalid(name, "must be an integer from 1 to %d; to stop a key, delete it.", most)
	}
	return n
}
