package server

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"

	"github.com/fairlead-dev/fairlead/gateway/activation"
	"github.com/fairlead-dev/fairlead/gateway/admission"
	"github.com/fairlead-dev/fairlead/gateway/cache"
	"github.com/fairlead-dev/fairlead/gateway/explain"
	"github.com/fairlead-dev/fairlead/gateway/proxy"
	"github.com/fairlead-dev/fairlead/gateway/snapshot"
	"github.com/fairlead-dev/fairlead/gateway/surface"
	"github.com/fairlead-dev/fairlead/gateway/telemetry"
)

const (
	// headerTimeout bounds how long a client may take to send its headers, and bodyTimeout how long for all of its request.
	headerTimeout = 10 * time.Second
	bodyTimeout   = 2 * time.Minute
	// idleTimeout is longer than that of the usual clients and balancers, so that they and not the gateway close an idle
	// connection: whoever closes risks that the other side is just sending.
	idleTimeout    = 5 * time.Minute
	maxHeaderBytes = 64 << 10
	// stallTimeout bounds how long one write to a client may take. An answer may take as long as it likes if it is taken in.
	stallTimeout = 30 * time.Second
)

// Defaults of Options.
const (
	DefaultDrainDelay = 5 * time.Second
	DefaultGrace      = 10 * time.Minute
)

// Snapshots is the routing table that is served.
type Snapshots interface {
	// Load returns the routing table, nil before there is one.
	Load() *snapshot.Snapshot
	// Since returns when it was put into service.
	Since() time.Time
}

// Options of a Server. The zero value of each but Snapshots has a meaning.
type Options struct {
	// Snapshots is where requests are routed by.
	Snapshots Snapshots
	// AccessLog gets one line of JSON for each request; nothing where it is nil.
	AccessLog io.Writer
	// Registry takes the metrics, and is served on the admin port; a new one where it is nil.
	Registry *prometheus.Registry
	// Log gets what the gateway has to say about itself.
	Log logr.Logger
	// Usage returns what answers questions about usage, nil while there is none. There never is where it is nil itself.
	Usage func() Usage
	// Keys keeps the keys that are made through the gateway; none can be made where it is nil.
	Keys KeyStore
	// Explainer answers what would become of a request; one that knows of no limits and no budgets where it is nil.
	Explainer *explain.Explainer
	// Certificate returns what clients see of the gateway, nil while there is nothing to show; all of them have to use TLS then. Where
	// it is nil itself, the snapshot says both.
	Certificate func() *tls.Certificate
	// MaxBody is the largest request body that is accepted, in bytes; proxy.DefaultMaxBody where it is 0.
	MaxBody int64
	// Desk admits requests and accounts for them; nil where everything is admitted.
	Desk *admission.Desk
	// Cache keeps answers of models that say so; nil where none is kept.
	Cache *cache.Cache
	// Activator wakes providers whose servers sleep; nil where all servers always run.
	Activator *activation.Activator
	// DrainDelay is how long connections are accepted after readiness was withdrawn; DefaultDrainDelay where it is 0.
	DrainDelay time.Duration
	// Grace is how long answers under way may take after that; DefaultGrace where it is 0.
	Grace time.Duration
}

// Server serves clients and probes.
type Server struct {
	options  Options
	proxy    *proxy.Proxy
	registry *prometheus.Registry
	metrics  *telemetry.Metrics
	log      *telemetry.AccessLog
	surfaces *surface.Table
	lists    listCache
	origins  crossOrigin
	stall    time.Duration
	draining atomic.Bool
	traffic  traffic
}

// New returns a Server. Run has to be called, once.
func New(o Options) *Server {
	if o.AccessLog == nil {
		o.AccessLog = io.Discard
	}
	if o.DrainDelay == 0 {
		o.DrainDelay = DefaultDrainDelay
	}
	if o.Grace == 0 {
		o.Grace = DefaultGrace
	}
	if o.Explainer == nil {
		o.Explainer = explain.New(explain.Options{})
	}
	if o.Registry == nil {
		o.Registry = telemetry.NewRegistry()
	}
	s := &Server{options: o, registry: o.Registry, surfaces: surface.New(), stall: stallTimeout}
	s.metrics = telemetry.NewMetrics(s.registry)
	s.proxy = proxy.New(proxy.Options{
		Snapshots: o.Snapshots, Metrics: s.metrics, MaxBody: o.MaxBody, Desk: o.Desk, Cache: o.Cache, StatusOf: statusOf, FaultOf: translate,
		Activator: o.Activator,
	})
	telemetry.ObserveSnapshot(s.registry, s.snapshotState)
	telemetry.ObserveCertificate(s.registry, s.certificateEnd)
	return s
}

// Run serves both listeners until ctx is done, then drains: readiness goes, connections are accepted for DrainDelay more with
// answers that ask the client to close, then answers under way get Grace to end. It returns nil after a complete drain, and an
// error where a listener failed or answers had to be cut. It closes both listeners.
func (s *Server) Run(ctx context.Context, data, admin net.Listener) error {
	s.log = telemetry.NewAccessLog(s.options.AccessLog, s.registry)
	defer s.log.Close()
	front, back := s.httpServer(s.Handler()), s.httpServer(s.AdminHandler())
	defer back.Close()
	failed := make(chan error, 2)
	go func() { failed <- front.Serve(s.front(data)) }()
	go func() { failed <- back.Serve(admin) }()
	select {
	case err := <-failed:
		return errors.Join(fmt.Errorf("serving: %w", err), front.Close())
	case <-ctx.Done():
		return s.drain(context.WithoutCancel(ctx), front, data)
	}
}

func (s *Server) httpServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: headerTimeout, ReadTimeout: bodyTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: serverLog(s.options.Log),
	}
}

// snapshotState is what the metrics say about the routing table.
func (s *Server) snapshotState() (models int, since time.Time) {
	if snap := s.options.Snapshots.Load(); snap != nil {
		models = len(snap.Models)
	}
	return models, s.options.Snapshots.Since()
}
