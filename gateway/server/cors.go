package server

import (
	"net/http"
	"sync/atomic"
	"time"

	"github.com/rs/cors"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// defaultMaxAge is how long a browser may remember what it was answered where the Gateway does not say.
const defaultMaxAge = 10 * time.Minute

// crossOrigin tells browsers which web pages may call. It is built anew where the Gateway says something else than before.
type crossOrigin struct {
	current atomic.Pointer[origins]
}

// origins are those that one configuration allows.
type origins struct {
	config *v1alpha1.CORS
	rules  *cors.Cors
}

// answer writes the headers about other origins, and says whether that was the whole of the answer: a browser's question before a
// request, which brings no key. Where the Gateway allows no origins it writes nothing, and the question is answered like any other
// request that nothing serves.
func (c *crossOrigin) answer(w http.ResponseWriter, r *http.Request, config *v1alpha1.CORS) (done bool) {
	if config == nil {
		return false
	}
	o := c.current.Load()
	if o == nil || o.config != config {
		o = &origins{config: config, rules: newRules(config)}
		c.current.Store(o)
	}
	done = r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != ""
	o.rules.HandlerFunc(w, r)
	if len(w.Header()["Access-Control-Allow-Origin"]) > 0 {
		// A gateway without keys refuses pages of other machines. This one it has been told to serve.
		delete(r.Header, "Origin")
	}
	return done
}

// newRules allows whatever header a page wants to send and lets it read whatever header it gets: what SDKs send changes with each of
// their versions, and a header does no more for a page than it does for every other client. Credentials that a browser adds by itself,
// such as cookies, are never allowed: a page has to know a key, and no other page can make use of it.
func newRules(config *v1alpha1.CORS) *cors.Cors {
	age, err := time.ParseDuration(string(config.MaxAge))
	if err != nil || age <= 0 {
		age = defaultMaxAge
	}
	return cors.New(cors.Options{
		AllowedOrigins: config.AllowOrigins,
		AllowedMethods: []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete},
		AllowedHeaders: []string{"*"},
		ExposedHeaders: []string{"*"},
		MaxAge:         int(age / time.Second),
	})
}
