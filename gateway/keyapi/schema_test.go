package keyapi

import (
	"regexp"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/config/crd"
)

// validUSD is what the kind GatewayKey admits.
var validUSD = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,9})?$`)

// TestPatternsAreThoseOfTheKind: a key that is read here must not be refused by the API server, nor the other way round.
func TestPatternsAreThoseOfTheKind(t *testing.T) {
	content, err := crd.Files.ReadFile("fairlead.dev_gatewaykeys.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, pattern := range []*regexp.Regexp{modelPattern, validUSD} {
		if !strings.Contains(string(content), "pattern: "+pattern.String()+"\n") {
			t.Errorf("the CRD has no pattern %s", pattern)
		}
	}
}
