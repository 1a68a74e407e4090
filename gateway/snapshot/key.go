package snapshot

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// idDigits of a key's digest are its ID.
const idDigits = 16

// Key is a GatewayKey: who calls, and what it may do.
type Key struct {
	// ID names the key in logs, metrics and the ledger.
	ID string
	// Namespace and Name are the GatewayKey that it comes from.
	Namespace, Name string
	// Labels of the GatewayKey.
	Labels map[string]string
	// Models are patterns of the models that it may ask for; all where it is empty.
	Models []Pattern
	// Limits of the key.
	Limits []*Limit
	// Budgets that bound what it may spend: its own first, then the gateway's that select it.
	Budgets []*Budget
	// Expires is when it stops to work, zero where it does not.
	Expires time.Time
	// TrustUserHeaders says that plain headers name the end user.
	TrustUserHeaders bool
	// Owner is the user where a call names none.
	Owner string

	// digest that the key is recognised by.
	digest  [sha256.Size]byte
	created time.Time
	// policy and gateway are what this was built from; the next Build compares the pointers.
	policy  *v1alpha1.KeyPolicy
	gateway *gatewayBudgets
	// sum covers all that the key may do.
	sum [sha256.Size]byte
}

// Expired says whether the key has stopped to work.
func (k *Key) Expired(now time.Time) bool { return !k.Expires.IsZero() && !now.Before(k.Expires) }

// May says whether the key may ask for a model by a name.
func (k *Key) May(model string) bool {
	if len(k.Models) == 0 {
		return true
	}
	for _, p := range k.Models {
		if _, ok := p.Match(model); ok {
			return true
		}
	}
	return false
}

// before says whether k has the older right to its digest.
func (k *Key) before(other *Key) bool {
	if !k.created.Equal(other.created) {
		return k.created.Before(other.created)
	}
	if k.Namespace != other.Namespace {
		return k.Namespace < other.Namespace
	}
	return k.Name < other.Name
}

// builtFrom says whether nothing that k depends on has changed.
func (k *Key) builtFrom(source *GatewayKey, budgets *gatewayBudgets) bool {
	return k.policy == source.Policy && k.gateway == budgets && k.Namespace == source.Namespace && k.Name == source.Name &&
		k.created.Equal(source.Created)
}

// parseDigest reads a digest as the API writes it.
func parseDigest(text v1alpha1.KeyDigest) (digest [sha256.Size]byte, err error) {
	if len(text) != hex.EncodedLen(len(digest)) {
		return digest, errDigest
	}
	if _, err := hex.Decode(digest[:], []byte(text)); err != nil {
		return digest, errDigest
	}
	if digest == [sha256.Size]byte{} {
		return digest, errDigest
	}
	return digest, nil
}

// errDigest does not repeat what it found: where somebody took the key itself for its digest, that is a secret.
var errDigest = errors.New("policy.digest: expected the HMAC-SHA256 of a key in 64 hex digits, found something else")

func newKey(source *GatewayKey, digest [sha256.Size]byte, budgets *gatewayBudgets) (*Key, error) {
	p := source.Policy
	k := &Key{
		ID: hex.EncodeToString(digest[:])[:idDigits], Namespace: source.Namespace, Name: source.Name, Labels: p.Labels,
		TrustUserHeaders: p.TrustUserHeaders, Owner: p.Owner,
		digest: digest, created: source.Created, policy: p, gateway: budgets,
	}
	for i, m := range p.AllowedModels {
		if !Pattern(m).valid() {
			return nil, fmt.Errorf("policy.allowedModels[%d]: expected a name with at most one * at its start or its end, found %q", i, m)
		}
		k.Models = append(k.Models, Pattern(m))
	}
	owner := "key/" + k.Namespace + "/" + k.Name
	var err error
	if k.Limits, err = newLimits(owner, p.RateLimits, v1alpha1.LimitPerKey, v1alpha1.LimitPerUser); err != nil {
		return nil, fmt.Errorf("policy.%w", err)
	}
	if p.Budget != nil {
		own, err := newBudget(p.Budget)
		if err != nil {
			return nil, fmt.Errorf("policy.budget.%w", err)
		}
		own.ID, own.Per = owner, v1alpha1.BudgetPerKey
		k.Budgets = append(k.Budgets, own)
	}
	k.Budgets = budgets.of(k.Budgets, k.Labels)
	if p.ExpiresAt != nil {
		k.Expires = p.ExpiresAt.Time
	}
	k.sum = digestKey(k)
	return k, nil
}

func digestKey(k *Key) [sha256.Size]byte {
	d := newDigester()
	d.Write(k.digest[:])
	d.text(k.Namespace, k.Name, k.Owner, k.policy.Revision)
	trusted := int64(0)
	if k.TrustUserHeaders {
		trusted = 1
	}
	expires := int64(0)
	if !k.Expires.IsZero() {
		expires = k.Expires.UnixNano()
	}
	d.number(k.policy.Generation, trusted, expires, int64(len(k.Labels)), int64(len(k.Models)))
	for _, label := range slices.Sorted(maps.Keys(k.Labels)) {
		d.text(label, k.Labels[label])
	}
	for _, m := range k.Models {
		d.text(string(m))
	}
	d.limits(k.Limits)
	d.budgets(k.Budgets)
	return d.sum()
}
