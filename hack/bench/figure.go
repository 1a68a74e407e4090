package bench

import (
	"fmt"
	"io"
	"slices"
	"time"
)

// Figures prints what was measured.
type Figures struct{ out io.Writer }

// NewFigures returns Figures that print to out.
func NewFigures(out io.Writer) *Figures { return &Figures{out: out} }

// Print prints one figure.
func (f *Figures) Print(name string, value float64, unit string) {
	fmt.Fprintf(f.out, "%s %.6g %s\n", name, value, unit)
}

// printTimes prints the quantiles of times under a name.
func (f *Figures) printTimes(name string, times []time.Duration) {
	f.Print(name+"_p50", milliseconds(quantile(times, 0.5)), "ms")
	f.Print(name+"_p99", milliseconds(quantile(times, 0.99)), "ms")
	f.Print(name+"_max", milliseconds(quantile(times, 1)), "ms")
}

// quantile is the smallest of values that at least the share q of them do not exceed. It sorts values.
func quantile[T time.Duration | float64](values []T, q float64) T {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	rank := int(q*float64(len(values))+0.9999) - 1
	return values[min(max(rank, 0), len(values)-1)]
}

// milliseconds of d.
func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
