//go:build linux

package main

import (
	"io"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestHierarchies(t *testing.T) {
	for name, test := range map[string]struct {
		text    string
		unified bool
		want    []hierarchy
		dirs    []string
	}{
		"Version1": {
			text: "9:name=systemd:/\n4:memory:/user/me\n2:cpu,cpuacct:/\n",
			want: []hierarchy{{"name=systemd", "/"}, {"memory", "/user/me"}, {"cpu,cpuacct", "/"}},
			dirs: []string{"/sys/fs/cgroup/systemd", "/sys/fs/cgroup/memory", "/sys/fs/cgroup/cpu,cpuacct"},
		},
		"Hybrid": { // the version 2 tree has no controllers and is left alone
			text: "1:cpu:/\n0::/user.slice\n",
			want: []hierarchy{{"cpu", "/"}},
			dirs: []string{"/sys/fs/cgroup/cpu"},
		},
		"Version2": {
			text: "0::/user.slice/session-1.scope\n", unified: true,
			want: []hierarchy{{"", "/user.slice/session-1.scope"}},
			dirs: []string{"/sys/fs/cgroup"},
		},
		"Nonsense": {text: "what\n\n1:2\n", dirs: []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			got := hierarchies(test.text, test.unified)
			if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(hierarchy{})); diff != "" {
				t.Errorf("hierarchies() (-want +got):\n%s", diff)
			}
			dirs := make([]string, 0, len(got))
			for _, h := range got {
				dirs = append(dirs, h.dir())
			}
			if diff := cmp.Diff(test.dirs, dirs); diff != "" {
				t.Errorf("dir() (-want +got):\n%s", diff)
			}
		})
	}
}

// A client that has sent all it has to say (kubectl exec with a file as its input) must still get the answer.
func TestRelayPassesOnTheEndOfOneDirection(t *testing.T) {
	client, outside := connection(t)
	inside, server := connection(t)
	go relay(outside, inside)
	go func() {
		question, _ := io.ReadAll(server) // ends only when the end of the question has been passed on
		_, _ = server.Write(append([]byte("answer to "), question...))
		server.Close()
	}()
	if _, err := client.Write([]byte("question")); err != nil {
		t.Fatal(err)
	}
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(client)
	if err != nil || string(got) != "answer to question" {
		t.Errorf("the client got %q, %v", got, err)
	}
}

// connection returns both ends of a TCP connection.
func connection(t *testing.T) (a, b *net.TCPConn) {
	t.Helper()
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	a, err = net.DialTCP("tcp", nil, listener.Addr().(*net.TCPAddr))
	if err != nil {
		t.Fatal(err)
	}
	b, err = listener.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		a.Close()
		b.Close()
	})
	return a, b
}

func TestAwaitReturnsWhenSomebodyListens(t *testing.T) {
	listener, err := net.ListenTCP("tcp", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	await(t.Context(), "", nil)
	await(t.Context(), "tcp:"+listener.Addr().String(), nil)
	if answers(t.Context(), "unix:"+t.TempDir()+"/absent", nil) {
		t.Error("an absent socket answers")
	}
}
