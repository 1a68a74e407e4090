package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// Memory prints the resident memory of the operator and of the largest gateway of the cluster, which runs on this machine.
func Memory(figures *Figures) error {
	for _, role := range []string{"gateway", "operator"} {
		pids, err := find(role)
		if err != nil {
			return err
		}
		var sizes []float64
		for _, pid := range pids {
			bytes, err := residentBytes(pid)
			if err != nil {
				return err
			}
			sizes = append(sizes, float64(bytes)/(1<<20))
		}
		figures.Print(role+"_idle_rss", slices.Max(sizes), "MiB")
	}
	return nil
}

// find returns the processes of the cluster that run `/fairlead <role>`.
func find(role string) ([]int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return nil, fmt.Errorf("listing processes: %w", err)
	}
	var pids []int
	for _, file := range files {
		line, err := os.ReadFile(file)
		if err != nil {
			continue // the process has ended
		}
		if bytes.HasPrefix(line, []byte("/fairlead\x00"+role+"\x00")) {
			pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file)))
			if err != nil {
				return nil, fmt.Errorf("reading process id %s: %w", file, err)
			}
			pids = append(pids, pid)
		}
	}
	if len(pids) == 0 {
		return nil, fmt.Errorf("finding `fairlead %s`: no such process on this machine; is the demo's cluster up?", role)
	}
	return pids, nil
}
