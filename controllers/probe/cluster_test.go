package probe_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/fairlead-dev/fairlead/api/stores"
	"github.com/fairlead-dev/fairlead/controllers/probe"
)

// TestClusterWithASilentNode: which node is asked first is a matter of chance, and a Cluster is well whichever it is.
func TestClusterWithASilentNode(t *testing.T) {
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	uri := "redis+cluster://" + silent.Addr().String() + "?addr=" + node(t)
	var asking sync.WaitGroup
	for range 10 {
		asking.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			if err := probe.Redis(ctx, stores.Address{URI: uri}); err != nil {
				t.Error(err)
			}
		})
	}
	asking.Wait()
}

// node is the only node of a Cluster, as far as it is asked for that.
func node(t *testing.T) (address string) {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	slots := fmt.Sprintf("*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%s\r\n", port)
	var serving sync.WaitGroup
	serving.Go(func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { answer(connection, slots) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		serving.Wait()
	})
	return listener.Addr().String()
}

// answer says where all keys are, answers PING, and refuses what a client says to introduce itself.
func answer(connection net.Conn, slots string) {
	defer connection.Close()
	for lines := bufio.NewScanner(connection); lines.Scan(); {
		reply := ""
		switch strings.ToLower(lines.Text()) {
		case "ping":
			reply = "+PONG\r\n"
		case "slots":
			reply = slots
		case "hello", "client":
			reply = "-ERR unknown command\r\n"
		}
		if _, err := connection.Write([]byte(reply)); err != nil {
			return
		}
	}
}
