package snapshot

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
)

// fileVersion is the version of the file's schema. A file of another one is refused.
const fileVersion = 2

// file is what Save writes: the input behind a checksum, so that a file that was cut or changed is not taken for the truth.
type file struct {
	Version int             `json:"version"`
	SHA256  string          `json:"sha256"`
	Input   json.RawMessage `json:"input"`
}

// Save writes in to the file path, so that a gateway that starts while the API server is away has something to serve. Aliases
// and keys of other gateways are left out, and credentials always are. A reader sees the old file or the new one and never a part of
// one, whenever the machine stops.
func Save(path string, in Input) error {
	own := make([]Alias, 0, len(in.Aliases))
	for _, a := range in.Aliases {
		if a.Route != nil && a.Route.Gateway == in.Gateway {
			own = append(own, a)
		}
	}
	in.Aliases = own
	in.Keys = slices.DeleteFunc(slices.Clone(in.Keys), func(k GatewayKey) bool {
		return k.Policy == nil || k.Policy.Gateway != in.Gateway
	})
	input, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encoding the snapshot: %w", err)
	}
	content, err := json.Marshal(file{Version: fileVersion, SHA256: checksum(input), Input: input})
	if err != nil {
		return fmt.Errorf("encoding the snapshot file: %w", err)
	}
	if err := replaceFile(path, content); err != nil {
		return fmt.Errorf("writing the snapshot file: %w", err)
	}
	return nil
}

// Load reads what Save wrote for gateway. The error wraps fs.ErrNotExist where there is no file, and says what is wrong with a
// file that cannot be used; the caller goes on without.
func Load(path, gateway string) (Input, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return Input{}, fmt.Errorf("reading the snapshot file: %w", err)
	}
	in, err := decodeFile(content)
	if err != nil {
		return Input{}, fmt.Errorf("reading the snapshot file %s: %w", path, err)
	}
	if in.Gateway != gateway {
		return Input{}, fmt.Errorf("reading the snapshot file %s: expected that of Gateway %s, found that of %q", path, gateway, in.Gateway)
	}
	return in, nil
}

func decodeFile(content []byte) (Input, error) {
	var f file
	if err := json.Unmarshal(content, &f); err != nil {
		return Input{}, fmt.Errorf("expected JSON: %w", err)
	}
	if f.Version != fileVersion {
		return Input{}, fmt.Errorf("expected version %d, found %d", fileVersion, f.Version)
	}
	if sum := checksum(f.Input); sum != f.SHA256 {
		return Input{}, fmt.Errorf("expected the SHA-256 %q, found content with %s", f.SHA256, sum)
	}
	var in Input
	decoder := json.NewDecoder(bytes.NewReader(f.Input))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return Input{}, fmt.Errorf("decoding the input: %w", err)
	}
	if in.Config == nil {
		return Input{}, errors.New("expected the gateway's configuration, found none")
	}
	return in, nil
}

func checksum(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

// replaceFile replaces the content of path with one rename. Both the content and the rename have reached the disk on return.
func replaceFile(path string, content []byte) error {
	dir := filepath.Dir(path)
	temp, err := writeTemp(dir, filepath.Base(path)+".*.tmp", content)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(dir)
}

// writeTemp writes content to a new file that only its owner can read, and leaves no file behind when it fails.
func writeTemp(dir, pattern string, content []byte) (string, error) {
	temp, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return "", err
	}
	_, err = temp.Write(content)
	if err == nil {
		err = temp.Sync()
	}
	if err = errors.Join(err, temp.Close()); err != nil {
		return "", errors.Join(err, os.Remove(temp.Name()))
	}
	return temp.Name(), nil
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
