package snapshot

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestSaveAndLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot.json")
	elsewhere := testRoute("elsewhere")
	elsewhere.Gateway = "ai/other"
	in := testInput(testAlias("chat", testRoute("chat")), testAlias("none", nil), testAlias("elsewhere", elsewhere))
	other := testPolicy(2)
	other.Gateway = "ai/other"
	in.Keys = []GatewayKey{testKey("ci", testPolicy(1)), testKey("none", nil), testKey("elsewhere", other)}
	for range 2 {
		if err := Save(path, in); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Load(path, testGateway)
	if err != nil {
		t.Fatal(err)
	}
	want := in
	want.Aliases, want.Keys, want.Credentials = in.Aliases[:1], in.Keys[:1], nil
	if diff := cmp.Diff(want, got, cmpopts.EquateApproxTime(0)); diff != "" {
		t.Errorf("loaded (-want +got):\n%s", diff)
	}

	got.Credentials = in.Credentials
	if a, b := Build(in, nil, testProtocols()), Build(got, nil, testProtocols()); a.Digest != b.Digest {
		t.Error("the loaded input builds another snapshot")
	}
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(files) != 1 {
		t.Errorf("got %v, %v: want nothing left beside the file", files, err)
	}
}

func TestSaveKeepsCredentialsOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot.json")
	if err := Save(path, testInput(testAlias("chat", testRoute("chat")))); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range testCredentials() {
		if bytes.Contains(content, bytes.TrimSpace(value)) {
			t.Errorf("the value of %s is in the file", name)
		}
	}
}

func TestLoadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "snapshot.json")
	if err := Save(path, testInput(testAlias("chat", testRoute("chat")))); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	seal := func(first string) string {
		sum := sha256.Sum256([]byte(first + "\n"))
		return fmt.Sprintf("%s\n{\"sha256\":\"%x\"}\n", first, sum)
	}
	withoutSum := string(good[:bytes.LastIndexByte(good[:len(good)-1], '\n')+1])
	cases := map[string]struct{ content, want string }{
		"Empty":        {"", "expected JSON"},
		"Cut":          {string(good[:len(good)/2]), "expected JSON"},
		"CutAtALine":   {withoutSum, "expected a line with the SHA-256"},
		"Changed":      {strings.Replace(string(good), "gpt-4o-mini", "gpt-4o-maxi", 1), "expected the SHA-256"},
		"OtherVersion": {strings.Replace(string(good), `"version":3`, `"version":2`, 1), "expected version 3, found 2"},
		"OtherGateway": {seal(`{"version":3,"input":{"gateway":"ai/other","config":{}}}`), `expected that of Gateway ai/main, found that of "ai/other"`},
		"UnknownField": {seal(`{"version":3,"input":{"gateway":"ai/main","config":{},"route":1}}`), "unknown field"},
		"NoConfig":     {seal(`{"version":3,"input":{"gateway":"ai/main"}}`), "expected the gateway's configuration"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if err := os.WriteFile(path, []byte(tc.content), 0o600); err != nil {
				t.Fatal(err)
			}
			if _, err := Load(path, testGateway); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("got %v, want %q", err, tc.want)
			}
		})
	}
	t.Run("NotThere", func(t *testing.T) {
		if _, err := Load(path+".none", testGateway); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("got %v, want fs.ErrNotExist", err)
		}
	})
}

func TestSaveLeavesTheOldFileWhenItCannotWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "missing")
	if err := Save(filepath.Join(dir, "snapshot.json"), testInput()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want fs.ErrNotExist", err)
	}
}

// FuzzDecodeFile: whatever is on the disk, nothing panics, and what is accepted builds.
func FuzzDecodeFile(f *testing.F) {
	f.Add([]byte(`{"version":3,"input":{}}`))
	var good bytes.Buffer
	if err := encodeFile(&good, testInput(testAlias("chat", testRoute("chat")))); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Fuzz(func(t *testing.T, content []byte) {
		in, err := decodeFile(bytes.NewReader(content))
		if err != nil {
			return
		}
		if s := Build(in, nil, testProtocols()); s.Digest == "" {
			t.Error("built a snapshot without a digest")
		}
	})
}
