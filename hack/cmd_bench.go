package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/fairlead-dev/fairlead/hack/bench"
	"github.com/fairlead-dev/fairlead/hack/build"
	"github.com/fairlead-dev/fairlead/hack/cluster"
	"github.com/fairlead-dev/fairlead/hack/images"
	"github.com/fairlead-dev/fairlead/hack/stack"
)

// measure is one of the benchmarks. Those on a cluster are given its stack.
type measure struct {
	name    string
	cluster bool
	run     func(ctx context.Context, b *bencher) error
}

// bencher is what the benchmarks share.
type bencher struct {
	figures  *bench.Figures
	programs bench.Programs
	cluster  *cluster.Cluster
	stack    *stack.Stack
	image    string
}

// measures are all benchmarks, in their order: the cluster is first seen at rest as the demo leaves it.
func measures() []measure {
	return []measure{
		{"passthrough", false, func(ctx context.Context, b *bencher) error {
			return bench.PassThrough(ctx, b.figures, b.programs)
		}},
		{"policy", false, func(ctx context.Context, b *bencher) error { return bench.Policy(ctx, b.figures, b.programs) }},
		{"translate", false, func(ctx context.Context, b *bencher) error {
			return bench.Translate(ctx, b.figures, b.programs)
		}},
		{"stream", false, func(ctx context.Context, b *bencher) error { return bench.Stream(ctx, b.figures, b.programs) }},
		{"rest", true, func(ctx context.Context, b *bencher) error { return bench.AtRest(ctx, b.figures, b.cluster.AuditLog()) }},
		{"memory", true, func(_ context.Context, b *bencher) error { return bench.Memory(b.figures) }},
		{"propagation", true, func(ctx context.Context, b *bencher) error {
			return bench.Propagation(ctx, b.figures, b.stack, b.image)
		}},
		{"scale", true, func(ctx context.Context, b *bencher) error {
			return bench.Scale(ctx, b.figures, b.stack, b.image, b.cluster.AuditLog())
		}},
		{"restart", true, func(ctx context.Context, b *bencher) error { return bench.Restart(ctx, b.figures, b.programs.Fairlead) }},
	}
}

func benchCommand() *cobra.Command {
	all := measures()
	names := make([]string, len(all))
	for i, m := range all {
		names[i] = m.name
	}
	return &cobra.Command{
		Use:   "bench [" + strings.Join(names, "|") + "]...",
		Short: "Measure what the project promises, one line each: name value unit",
		Long: `Measure what the project promises, all of it or what is named, one line each on standard output: name value unit.

passthrough, policy, translate and stream need nothing but, for policy, redis-server and PostgreSQL, which are installed when they are not there. The others need the demo's cluster, which is brought up when it is not there (as root).`,
		ValidArgs: names,
		Args:      cobra.OnlyValidArgs,
		RunE:      func(cmd *cobra.Command, args []string) error { return runBench(cmd.Context(), args) },
	}
}

func runBench(ctx context.Context, names []string) error {
	programs, err := benchPrograms(ctx)
	if err != nil {
		return err
	}
	b := &bencher{figures: bench.NewFigures(os.Stdout), programs: programs}
	for _, m := range measures() {
		if len(names) > 0 && !slices.Contains(names, m.name) {
			continue
		}
		if m.cluster && b.stack == nil {
			if err := b.connect(ctx); err != nil {
				return err
			}
		}
		if err := m.run(ctx, b); err != nil {
			return fmt.Errorf("measuring %s: %w", m.name, err)
		}
	}
	if b.stack == nil {
		return nil
	}
	return b.stack.Disband(ctx)
}

// benchPrograms builds what is measured and what it is measured with, all with the compiler's full optimisation, which this program
// is not made with.
func benchPrograms(ctx context.Context) (p bench.Programs, err error) {
	builder, err := newBuilder(2)
	if err != nil {
		return p, err
	}
	if p.Fairlead, err = images.New(builder).FairleadProgram(ctx); err != nil {
		return p, err
	}
	dir, err := builder.Build(ctx, build.Program{
		Name: "bench", Module: "hack", Packages: []string{"./upstream/fairlead-upstream", "./bench/reverseproxy"},
		Sources: []string{"upstream", "bench/reverseproxy"},
	})
	p.Upstream, p.ReverseProxy = filepath.Join(dir, "fairlead-upstream"), filepath.Join(dir, "reverseproxy")
	return p, err
}

// connect runs the demo and keeps its stack.
func (b *bencher) connect(ctx context.Context) error {
	d, err := runDemo(ctx)
	if err != nil {
		return err
	}
	b.stack, b.image, b.cluster = d.stack, d.upstream, d.cluster
	return nil
}
