package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// killProcesses kills every process of a Pod but the one that holds its namespaces. The cluster's node is this machine, where the control
// group of a process has the Pod's UID in its name.
func killProcesses(t *testing.T, pod *corev1.Pod) {
	t.Helper()
	groups, err := filepath.Glob("/proc/[0-9]*/cgroup")
	if err != nil {
		t.Fatal(err)
	}
	killed := 0
	for _, path := range groups {
		content, err := os.ReadFile(path)
		if err != nil || !strings.Contains(strings.ReplaceAll(string(content), "_", "-"), string(pod.UID)) {
			continue // it has ended, or is not of the Pod
		}
		line, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if err != nil || bytes.HasPrefix(line, []byte("/pause\x00")) || len(line) == 0 {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			t.Fatal(err)
		}
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed++
		}
	}
	if killed == 0 {
		t.Errorf("expected processes of Pod %s on this machine, found none", pod.Name)
	}
}
