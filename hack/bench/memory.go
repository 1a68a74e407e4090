package bench

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// Memory prints the resident memory of the operator and of the largest gateway of the cluster, which runs on this machine.
func Memory(figures *Figures) error {
	return eachRole(func(role string, pids []int) error {
		now, err := largest(pids, residentNow)
		figures.Print(role+"_idle_rss", now, "MiB")
		return err
	})
}

// eachRole calls f with the processes of each role in the cluster.
func eachRole(f func(role string, pids []int) error) error {
	for _, role := range []string{"gateway", "operator"} {
		pids, err := find(role)
		if err != nil {
			return err
		}
		if err := f(role, pids); err != nil {
			return err
		}
	}
	return nil
}

// largest is the largest of what some processes have in memory, in MiB.
func largest(pids []int, line string) (float64, error) {
	var most int64
	for _, pid := range pids {
		size, err := memoryOf(pid, line)
		if err != nil {
			return 0, err
		}
		most = max(most, size)
	}
	return float64(most) / (1 << 20), nil
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
