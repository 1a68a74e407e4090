package images

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// largestZone is the most bytes that the rules of one time zone may have: several times as many as the largest has.
const largestZone = 64 << 10

// certificates adds the authorities that Mozilla trusts, where Go looks for them. Those that it trusts for certificates of some years
// only are left out, because a file cannot say that.
func (t *Tree) certificates() {
	var file bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			file.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	t.File("/etc/ssl/certs/ca-certificates.crt", 0o644, file.Bytes())
}

// zones adds the rules of time zones that come with Go.
func (t *Tree) zones(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return fmt.Errorf("finding Go's time zones: %w", err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(out)), "lib/time/zoneinfo.zip"))
	if err != nil {
		return fmt.Errorf("opening Go's time zones: %w", err)
	}
	defer archive.Close()
	for _, zone := range archive.File {
		if strings.HasSuffix(zone.Name, "/") {
			continue
		}
		if err := t.zone(zone); err != nil {
			return fmt.Errorf("reading time zone %s: %w", zone.Name, err)
		}
	}
	return nil
}

func (t *Tree) zone(file *zip.File) error {
	reader, err := file.Open()
	if err != nil {
		return err
	}
	defer reader.Close()
	rules, err := io.ReadAll(io.LimitReader(reader, largestZone))
	if err != nil {
		return err
	}
	t.File(path.Join("/usr/share/zoneinfo", file.Name), 0o644, rules)
	return nil
}
