package snapshot

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
)

// fileVersion is the version of the file's schema. A file of another one is refused.
const fileVersion = 3

// line is one line of the file. An alias and a key has each one of its own, so that ten thousand of them are written and read without
// a copy of them all in memory. The last line is the checksum of those before, so that a file that was cut or changed is not taken
// for the truth.
type line struct {
	// Version and Input, which holds no aliases and keys, are in the first line.
	Version int         `json:"version,omitempty"`
	Input   *Input      `json:"input,omitempty"`
	Alias   *Alias      `json:"alias,omitempty"`
	Key     *GatewayKey `json:"key,omitempty"`
	// SHA256 is in the last line.
	SHA256 string `json:"sha256,omitempty"`
}

// Save writes in to the file path, so that a gateway that starts while the API server is away has something to serve. Aliases
// and keys of other gateways are left out, and credentials always are. A reader sees the old file or the new one and never a part of
// one, whenever the machine stops.
func Save(path string, in Input) error {
	if err := replaceFile(path, func(w io.Writer) error { return encodeFile(w, in) }); err != nil {
		return fmt.Errorf("writing the snapshot file: %w", err)
	}
	return nil
}

func encodeFile(w io.Writer, in Input) error {
	sum := sha256.New()
	encoder := json.NewEncoder(io.MultiWriter(w, sum))
	first := in
	first.Aliases, first.Keys = nil, nil
	if err := encoder.Encode(line{Version: fileVersion, Input: &first}); err != nil {
		return err
	}
	for i := range in.Aliases {
		a := &in.Aliases[i]
		if a.Route == nil || a.Route.Gateway != in.Gateway {
			continue
		}
		if err := encoder.Encode(line{Alias: a}); err != nil {
			return err
		}
	}
	for i := range in.Keys {
		k := &in.Keys[i]
		if k.Policy == nil || k.Policy.Gateway != in.Gateway {
			continue
		}
		if err := encoder.Encode(line{Key: k}); err != nil {
			return err
		}
	}
	return json.NewEncoder(w).Encode(line{SHA256: hexadecimal(sum)})
}

// Load reads what Save wrote for gateway. The error wraps fs.ErrNotExist where there is no file, and says what is wrong with a
// file that cannot be used; the caller goes on without.
func Load(path, gateway string) (Input, error) {
	file, err := os.Open(path)
	if err != nil {
		return Input{}, fmt.Errorf("reading the snapshot file: %w", err)
	}
	defer file.Close()
	in, err := decodeFile(file)
	if err != nil {
		return Input{}, fmt.Errorf("reading the snapshot file %s: %w", path, err)
	}
	if in.Gateway != gateway {
		return Input{}, fmt.Errorf("reading the snapshot file %s: expected that of Gateway %s, found that of %q", path, gateway, in.Gateway)
	}
	return in, nil
}

func decodeFile(r io.Reader) (Input, error) {
	lines, sum := bufio.NewReader(r), sha256.New()
	in, err := decodeFirst(lines, sum)
	if err != nil {
		return Input{}, err
	}
	for {
		before := hexadecimal(sum)
		next, err := decodeLine(lines, sum)
		switch {
		case errors.Is(err, io.EOF):
			return Input{}, errors.New("expected a line with the SHA-256 at its end, found none")
		case err != nil:
			return Input{}, err
		case next.Alias != nil:
			in.Aliases = append(in.Aliases, *next.Alias)
		case next.Key != nil:
			in.Keys = append(in.Keys, *next.Key)
		case next.SHA256 != before:
			return Input{}, fmt.Errorf("expected the SHA-256 %q, found content with %s", next.SHA256, before)
		default:
			return in, nil
		}
	}
}

// decodeFirst reads the line that says what the others belong to. The version is looked at before anything that it decides about.
func decodeFirst(lines *bufio.Reader, sum hash.Hash) (Input, error) {
	content, err := lines.ReadBytes('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return Input{}, err
	}
	var first struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(content, &first); err != nil {
		return Input{}, fmt.Errorf("expected JSON: %w", err)
	}
	if first.Version != fileVersion {
		return Input{}, fmt.Errorf("expected version %d, found %d", fileVersion, first.Version)
	}
	sum.Write(content)
	l, err := decode(content)
	if err != nil {
		return Input{}, err
	}
	if l.Input == nil || l.Input.Config == nil {
		return Input{}, errors.New("expected the gateway's configuration, found none")
	}
	return *l.Input, nil
}

// decodeLine reads one more line and adds it to the sum. At the end of the file the error is io.EOF.
func decodeLine(lines *bufio.Reader, sum hash.Hash) (line, error) {
	content, err := lines.ReadBytes('\n')
	if err != nil && (len(content) == 0 || !errors.Is(err, io.EOF)) {
		return line{}, err
	}
	sum.Write(content)
	return decode(content)
}

func decode(content []byte) (line, error) {
	var l line
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&l); err != nil {
		return line{}, fmt.Errorf("expected JSON: %w", err)
	}
	return l, nil
}

func hexadecimal(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)) }

// replaceFile replaces the content of path with one rename. Both the content and the rename have reached the disk on return.
func replaceFile(path string, write func(io.Writer) error) error {
	dir := filepath.Dir(path)
	temp, err := writeTemp(dir, filepath.Base(path)+".*.tmp", write)
	if err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(dir)
}

// writeTemp writes a new file that only its owner can read, and leaves no file behind when it fails.
func writeTemp(dir, pattern string, write func(io.Writer) error) (string, error) {
	temp, err := os.CreateTemp(dir, pattern)
	if err != nil {
		return "", err
	}
	buffered := bufio.NewWriter(temp)
	if err = write(buffered); err == nil {
		err = buffered.Flush()
	}
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
