package snapshot

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// digester hashes values so that no two different sequences of them look alike: each is preceded by its length.
type digester struct {
	hash.Hash
	scratch []byte
}

func newDigester() *digester { return &digester{Hash: sha256.New()} }

func (d *digester) text(values ...string) {
	for _, v := range values {
		d.scratch = binary.AppendUvarint(d.scratch[:0], uint64(len(v)))
		d.scratch = append(d.scratch, v...)
		d.Write(d.scratch)
	}
}

func (d *digester) number(values ...int64) {
	for _, v := range values {
		d.scratch = binary.AppendVarint(d.scratch[:0], v)
		d.Write(d.scratch)
	}
}

func (d *digester) sum() (sum [sha256.Size]byte) {
	d.Sum(sum[:0])
	return sum
}

// String is the digest in the notation of the API's revisions.
func (d *digester) String() string {
	sum := d.sum()
	return "sha256:" + hex.EncodeToString(sum[:])
}

// digestModel covers how a model routes and which revision of its route says so.
func digestModel(m *Model) [sha256.Size]byte {
	d := newDigester()
	d.text(m.Name, m.Namespace, m.Alias, m.route.Revision, string(m.route.Visibility))
	d.number(m.Created.Unix(), m.route.Generation, int64(m.Attempts), int64(len(m.Tiers)))
	for _, condition := range slices.Sorted(maps.Keys(m.RetryOn)) {
		d.text(string(condition))
	}
	d.text(string(m.Strategy))
	d.cache(m.Cache)
	d.limits(m.Limits)
	if m.AllowedKeys != nil {
		d.text("allowed", m.AllowedKeys.String())
	}
	for _, tier := range m.Tiers {
		d.number(int64(len(tier)))
		for _, t := range tier {
			d.text(t.Name, t.Model, t.Unavailable, t.Upstream.Provider, t.Upstream.Revision)
			d.number(int64(t.Weight), int64(t.Timeouts.Request), int64(t.Timeouts.FirstByte), int64(t.Timeouts.StreamIdle))
			d.price(&t.Price)
			d.servers(t)
		}
	}
	return d.sum()
}

// servers covers which servers a target has, and whether they sleep.
func (d *digester) servers(t *Target) {
	d.number(int64(len(t.Servers)))
	for _, s := range t.Servers {
		d.text(s.Name, s.URL.String())
		d.number(int64(len(s.missing)))
		d.text(s.missing...)
	}
	if t.Activation != nil {
		d.text("activation", t.Activation.Timeout.String(), strconv.FormatBool(t.Activation.Asleep))
	}
}

// digestEndpoint covers what an upstream is built from, the credential included: its digest, never its value, is kept. networks are
// those that it may be in.
func digestEndpoint(e *v1alpha1.ResolvedEndpoint, credentials map[string][]byte, networks string) string {
	d := newDigester()
	if e.Private {
		networks = "own"
	}
	d.text(networks)
	d.text(string(e.Protocol), strings.TrimRight(e.URL, "/"), e.Query, e.Region, string(e.ParameterPolicy), string(e.CredentialType), e.CredentialHeader,
		e.CredentialKey, string(credentials[e.CredentialKey]), e.CABundleKey, string(credentials[e.CABundleKey]))
	for _, h := range e.Headers {
		d.text(h.Name, h.Value)
	}
	if h := e.Health; h != nil {
		d.number(int64(h.ConsecutiveFailures), int64(h.FailurePercent))
		d.text(string(h.EjectFor), string(h.MaxEjectFor), string(h.ActiveInterval))
	}
	return d.String()
}

// digestSnapshot covers everything that a request is decided by, and what was refused. names are those of s.Models, sorted.
func digestSnapshot(s *Snapshot, names []string, refused []refusal) string {
	d := newDigester()
	d.text(string(s.KeysMode), string(s.Keys.Pepper), string(s.Keys.Master[:]), string(s.Keys.sum[:]), s.Config.Revision,
		string(s.UserToken), s.Stores.Redis, s.Stores.Postgres, s.Stores.RedisCA, s.Stores.PostgresCA, string(s.certificate[:]))
	d.budgets(s.Budgets)
	for _, name := range names {
		d.Write(s.Models[name].digest[:])
	}
	for i := range refused {
		d.text(refused[i].Kind, refused[i].Namespace, refused[i].Name, refused[i].Message, refused[i].revision)
	}
	return d.String()
}
