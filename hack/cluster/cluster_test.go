package cluster

import (
	"archive/tar"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fairlead-dev/fairlead/hack/cluster/spec"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func TestBox(t *testing.T) {
	for name, controlPlaneOnly := range map[string]bool{"cluster": false, "control-plane": true} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := spec.Write(dir, spec.File, box("/state", controlPlaneOnly)); err != nil {
				t.Fatal(err)
			}
			got, err := os.ReadFile(filepath.Join(dir, spec.File))
			if err != nil {
				t.Fatal(err)
			}
			golden := filepath.Join("testdata", name+".json")
			if *update {
				if err := os.WriteFile(golden, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", golden, diff)
			}
		})
	}
}

// Files of the folder config are not generated, so the constants that they repeat are compared here.
func TestConfigurationAgreesWithConstants(t *testing.T) {
	for file, wants := range map[string][]string{
		"kubelet.yaml":        {"address: " + nodeIP, containerdSocket, "[" + DNS + "]", mount + "/pki/"},
		"kube-proxy.yaml":     {"bindAddress: " + nodeIP, "clusterCIDR: " + podCIDR, kubeconfig("kube-proxy")},
		"containerd.toml":     {containerdSocket, mount + "/bin/runc", mount + "/bin/cni", "localhost/pause:1"},
		"cni/10-ptp.conflist": {podCIDR},
	} {
		content, err := configuration.ReadFile("config/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range wants {
			if !strings.Contains(string(content), want) {
				t.Errorf("%s lacks %q", file, want)
			}
		}
	}
	if !strings.Contains(string(coreDNS), "clusterIP: "+DNS) {
		t.Errorf("coredns.yaml does not serve at %s", DNS)
	}
}

// Every file that a process is told to read must be written by someone.
func TestCredentialsAreComplete(t *testing.T) {
	state := t.TempDir()
	if err := writeCredentials(state, time.Now()); err != nil {
		t.Fatal(err)
	}
	for _, process := range box(state, false).Processes {
		for _, argument := range process.Arguments {
			_, path, _ := strings.Cut(argument, "=")
			if relative, ok := strings.CutPrefix(path, mount+"/pki/"); ok {
				if _, err := os.Stat(filepath.Join(state, "pki", relative)); err != nil {
					t.Errorf("%s is told %s: %v", process.Name, argument, err)
				}
			}
		}
	}
}

// A cluster that is started again must trust its own tokens, and nobody else may read them.
func TestCredentialsLast(t *testing.T) {
	state := t.TempDir()
	if err := writeCredentials(state, time.Now()); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(filepath.Join(state, "pki", "ca.crt"))
	if err != nil {
		t.Fatal(err)
	}
	if err := writeCredentials(state, time.Now()); err != nil {
		t.Fatal(err)
	}
	if after, err := os.ReadFile(filepath.Join(state, "pki", "ca.crt")); err != nil || string(after) != string(before) {
		t.Errorf("a second start made a new authority (%v); tokens of the first would be worthless", err)
	}
	err = filepath.WalkDir(filepath.Join(state, "pki"), func(path string, entry fs.DirEntry, err error) error {
		if info, _ := entry.Info(); err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v, want it for its owner only", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

func TestRunning(t *testing.T) {
	c := &Cluster{state: t.TempDir()}
	if got, err := c.Running(); got || err != nil {
		t.Errorf("Running() without state = %t, %v, want false", got, err)
	}
	if err := os.WriteFile(filepath.Join(c.state, spec.Lock), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if got, err := c.Running(); got || err != nil {
		t.Errorf("Running() with a lock that nobody holds = %t, %v, want false", got, err)
	}
}

func TestImageNames(t *testing.T) {
	write := func(t *testing.T, name, content string) string {
		path := filepath.Join(t.TempDir(), "image.tar")
		file, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		defer file.Close()
		writer := tar.NewWriter(file)
		if err := writer.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o644}); err != nil {
			t.Fatal(err)
		}
		if _, err := writer.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
		if err := writer.Close(); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Run("DockerSave", func(t *testing.T) {
		got, err := imageNames(write(t, "manifest.json", `[{"Config":"sha256:abc","RepoTags":["localhost/a:1","localhost/b:1"]}]`))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]string{"localhost/a:1": "sha256:abc", "localhost/b:1": "sha256:abc"}, got); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
	})
	for name, path := range map[string]string{
		"NoManifest":     write(t, "index.json", `{}`),
		"BrokenManifest": write(t, "manifest.json", `[{`),
		"Absent":         filepath.Join(t.TempDir(), "absent.tar"),
	} {
		t.Run(name, func(t *testing.T) {
			if got, err := imageNames(path); err == nil {
				t.Errorf("imageNames() = %v, want an error", got)
			}
		})
	}
}

func TestLoadedRemembersByImage(t *testing.T) {
	c := &Cluster{state: t.TempDir()}
	if err := c.remember("localhost/a:1", "sha256:abc"); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		names map[string]string
		want  bool
	}{
		"Same":       {map[string]string{"localhost/a:1": "sha256:abc"}, true},
		"NewImage":   {map[string]string{"localhost/a:1": "sha256:def"}, false},
		"SecondName": {map[string]string{"localhost/a:1": "sha256:abc", "localhost/b:1": "sha256:abc"}, false},
		"Nameless":   {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.loaded(test.names); got != test.want {
				t.Errorf("loaded() = %t, want %t", got, test.want)
			}
		})
	}
}

func TestSettled(t *testing.T) {
	since := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	const (
		node = `{"kind":"Node","status":{"conditions":[{"type":"Ready","status":"%","lastHeartbeatTime":"@"}]}}`
		pod  = `{"kind":"Pod","status":{"conditions":[{"type":"Ready","status":"True"}],"containerStatuses":[{"state":{"running":{"startedAt":"@"}}}]}}`
		dead = `{"kind":"Pod","status":{"containerStatuses":[{"state":{"terminated":{}}}]}}`
	)
	fill := func(text, status, at string) string {
		return strings.NewReplacer("%", status, "@", "2026-11-23T"+at+"Z").Replace(text)
	}
	for name, test := range map[string]struct {
		items []string
		want  bool
	}{
		"Nothing":       {nil, false},
		"Ready":         {[]string{fill(node, "True", "12:00:00")}, true},
		"NotReady":      {[]string{fill(node, "False", "12:00:05")}, false},
		"OldHeartbeat":  {[]string{fill(node, "True", "11:59:59")}, false},
		"NewContainer":  {[]string{fill(node, "True", "12:00:05"), fill(pod, "", "12:00:04")}, true},
		"OldContainer":  {[]string{fill(node, "True", "12:00:05"), fill(pod, "", "11:00:00")}, false},
		"DeadContainer": {[]string{fill(node, "True", "12:00:05"), dead}, true},
	} {
		t.Run(name, func(t *testing.T) {
			var all objects
			if err := json.Unmarshal([]byte(`{"items":[`+strings.Join(test.items, ",")+`]}`), &all); err != nil {
				t.Fatal(err)
			}
			if got := all.settled(since); got != test.want {
				t.Errorf("settled() = %t, want %t", got, test.want)
			}
		})
	}
}
