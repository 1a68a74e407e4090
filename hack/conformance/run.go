package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/progress"
)

const (
	// cellTime is how long a client has for one feature with one provider.
	cellTime = time.Minute
	// agentTime is the same for an agent, which is a whole program that starts, thinks and works.
	agentTime = 3 * time.Minute
	// cancelFeature is the cell after which the gateway must have nothing left to do.
	cancelFeature = "cancel"
)

// Options say what to run.
type Options struct {
	// Clients, Features and Providers narrow the run to those whose name contains one of these texts; empty means all.
	Clients, Features, Providers []string
	// Fairlead is the path of the binary.
	Fairlead string
	// Out takes the table.
	Out io.Writer
}

// all says that nothing is left out.
func (o Options) all() bool { return len(o.Clients)+len(o.Features)+len(o.Providers) == 0 }

// Steps is how many steps Run will show, with the one that builds the binary.
func Steps(options Options) int {
	const tools = 6 // the binary, two sets of Python's packages and two of Node's, the Go clients
	steps := tools
	if options.all() {
		steps++
	}
	for _, c := range clients() {
		if matches(options.Clients, c.name) {
			steps++
		}
	}
	return steps
}

// ErrFailed means that at least one cell failed.
var ErrFailed = errors.New("not every client works with every provider; the failures are above")

// runner runs clients against one gateway.
type runner struct {
	options  Options
	scenario *scenario
	tools    *tools
	dir      string // of this run: manifests, logs, scripts
	fakes    *fakes
	gateway  *gateway
	report   report
}

// Run installs the clients, tests the fake providers when nothing is left out, runs the clients and prints the table. Its error is ErrFailed when there is a FAIL in it, and another one
// when there is no table. The logs of a run that failed stay, and the report says where.
func Run(ctx context.Context, builder *build.Builder, options Options) error {
	s, err := readScenario()
	if err != nil {
		return err
	}
	home := filepath.Join(builder.Root(), "hack", "conformance")
	t, err := installer{builder: builder, home: home}.install(ctx)
	if err != nil {
		return err
	}
	if options.all() {
		if err := testFakes(ctx, builder.Progress(), home, t.fakesPython); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp("", "fairlead-conformance-")
	if err != nil {
		return fmt.Errorf("making a folder for the run: %w", err)
	}
	r := &runner{options: options, scenario: s, tools: t, dir: dir, report: report{features: s.Features}}
	if err := r.serve(ctx, home); err != nil {
		return err
	}
	defer r.gateway.stop()
	defer r.fakes.stop()
	for _, c := range clients() {
		if !matches(options.Clients, c.name) {
			continue
		}
		if err := r.client(ctx, builder.Progress(), c); err != nil {
			return err
		}
	}
	return r.finish()
}

// serve starts everything that clients need, and copies the clients to where their packages are.
func (r *runner) serve(ctx context.Context, home string) (err error) {
	if err := os.CopyFS(filepath.Join(r.dir, "clients"), os.DirFS(filepath.Join(home, "clients"))); err != nil {
		return fmt.Errorf("copying the clients: %w", err)
	}
	for folder, modules := range r.tools.nodeModules {
		if err := os.Symlink(modules, filepath.Join(r.dir, "clients", folder, "node_modules")); err != nil {
			return fmt.Errorf("linking the packages of %s: %w", folder, err)
		}
	}
	if r.fakes, err = startFakes(ctx, home, r.dir, r.tools.fakesPython); err != nil {
		return err
	}
	if r.gateway, err = startGateway(ctx, r.options.Fairlead, r.dir, r.fakes.url, r.scenario.Key); err != nil {
		r.fakes.stop()
	}
	return err
}

// finish prints the report, and removes the folder of a run that went well.
func (r *runner) finish() error {
	if err := r.report.print(r.options.Out); err != nil {
		return err
	}
	if r.report.failed() {
		fmt.Fprintf(r.options.Out, "\nlogs: %s\n", r.dir)
		return ErrFailed
	}
	if err := os.RemoveAll(r.dir); err != nil {
		return fmt.Errorf("removing the folder of the run: %w", err)
	}
	return nil
}

// client runs all cells of a client, as one step.
func (r *runner) client(ctx context.Context, p *progress.Progress, c client) error {
	return p.Step(c.name, func(step *progress.Step) error {
		row := &row{client: c}
		r.report.rows = append(r.report.rows, row)
		if row.missing = r.tools.missing[c.kind]; row.missing != "" {
			step.Note("skipped: %s", row.missing)
			return nil
		}
		first, err := r.open(ctx, c)
		if err != nil {
			row.add(cell{feature: r.scenario.Features[0].Name, detail: err.Error()})
			step.Note("did not start")
			return ctx.Err()
		}
		row.version = first.hello.Version
		seat := &seat{runner: r, client: c, session: first}
		defer seat.leave()
		questions := r.questions(first.hello)
		for i, q := range questions {
			step.Status("%s with %s (%d of %d)", q.Feature, q.Provider, i+1, len(questions))
			result, err := seat.cell(ctx, q)
			if err != nil {
				return err
			}
			row.add(result)
		}
		step.Note("%s", row.summary())
		return nil
	})
}

// questions are the cells of a client, by feature.
func (r *runner) questions(h hello) []question {
	var all []question
	for _, f := range r.scenario.Features {
		own, has := h.Features[f.Name]
		if !has || !matches(r.options.Features, f.Name) {
			continue
		}
		for _, p := range r.scenario.providers(f, own) {
			if matches(r.options.Providers, p) {
				all = append(all, question{Feature: f.Name, Provider: p, Model: f.model(p)})
			}
		}
	}
	return all
}

// open starts a client.
func (r *runner) open(ctx context.Context, c client) (*session, error) {
	dir := filepath.Join(r.dir, "clients")
	env := []string{
		"GATEWAY_URL=" + r.gateway.url, "SCENARIO=" + filepath.Join(dir, "scenario.json"), "WORK=" + r.dir,
		"PYTHONDONTWRITEBYTECODE=1", "PYTHONPATH=" + filepath.Join(dir, "python"), "LANGSMITH_TRACING=false", "NO_COLOR=1",
	}
	return open(ctx, filepath.Join(r.dir, c.name+".log"), env, c.command(dir, r.tools)...)
}

// seat is a client's place: when its process has hung or died, the next cell gets a new one.
type seat struct {
	runner  *runner
	client  client
	session *session
}

func (s *seat) leave() {
	if s.session != nil {
		s.session.close()
		s.session = nil
	}
}

// cell runs one cell. Its error is of the machinery; what is wrong with the cell is in its detail.
func (s *seat) cell(ctx context.Context, q question) (cell, error) {
	result := cell{feature: q.Feature, provider: q.Provider}
	if err := s.runner.fakes.clear(ctx); err != nil {
		return result, err
	}
	a, err := s.ask(ctx, q)
	if ctx.Err() != nil {
		return result, ctx.Err()
	}
	if err != nil {
		s.leave()
		a = answer{Detail: err.Error()}
	}
	refused, err := s.runner.fakes.violations(ctx)
	if err != nil {
		return result, err
	}
	details := slices.DeleteFunc([]string{a.Detail}, func(d string) bool { return a.OK || d == "" })
	for _, v := range refused {
		details = append(details, v.String())
	}
	if q.Feature == cancelFeature && !s.runner.gateway.idle(ctx) {
		details = append(details, "the gateway still had a request in flight 3 s after the client had gone")
	}
	result.ok, result.detail = a.OK && len(details) == 0, strings.Join(details, " | ")
	return result, nil
}

func (s *seat) ask(ctx context.Context, q question) (answer, error) {
	if s.session == nil {
		var err error
		if s.session, err = s.runner.open(ctx, s.client); err != nil {
			return answer{}, err
		}
	}
	limit := cellTime
	if s.client.kind == kindAgent {
		limit = agentTime
	}
	return s.session.ask(ctx, q, limit)
}

// matches reports whether name contains one of the texts, or there are none.
func matches(texts []string, name string) bool {
	return len(texts) == 0 || slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(name, t) })
}
