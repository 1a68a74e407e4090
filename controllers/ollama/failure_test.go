package ollama

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/fairlead-dev/fairlead/api/v1alpha1"
)

// TestDiagnose reads what a real Ollama 0.17.4 says when a pull fails.
func TestDiagnose(t *testing.T) {
	for name, tc := range map[string]struct {
		err    error
		want   string
		seldom bool
	}{
		"NoSuchModel":  {errors.New("pull model manifest: file does not exist"), v1alpha1.ModelNotFound, true},
		"BadName":      {errors.New("invalid model name"), v1alpha1.ModelNotFound, true},
		"DiskFull":     {errors.New("write /data/models/blobs/sha256-1-partial: no space left on device"), v1alpha1.ModelDiskFull, true},
		"DiskFullLate": {errors.New("max retries exceeded: write /data/x: no space left on device"), v1alpha1.ModelDiskFull, true},
		"TooOld": {
			errors.New("pull model manifest: 412: \n\nThe model you are attempting to pull requires a newer version of Ollama"),
			v1alpha1.ModelUnsupported, true,
		},
		"NoName": {
			errors.New(`pull model manifest: Get "https://registry.ollama.ai/v2/library/tiny/manifests/latest": dial tcp: lookup registry.ollama.ai: no such host`),
			v1alpha1.ModelRegistryUnreachable, false,
		},
		"Refused":      {errors.New(`Get "http://mirror:5000/v2/": dial tcp 10.0.0.1:5000: connect: connection refused`), v1alpha1.ModelRegistryUnreachable, false},
		"BadGateway":   {errors.New("pull model manifest: 502: <html>"), v1alpha1.ModelRegistryUnreachable, false},
		"CutOff":       {errors.New("max retries exceeded: unexpected EOF"), v1alpha1.ModelRegistryUnreachable, false},
		"Untrusted":    {errors.New("tls: failed to verify certificate: x509: certificate signed by unknown authority"), v1alpha1.ModelRegistryUnreachable, false},
		"Stalled":      {fmt.Errorf("%w within 1h", errStalled), v1alpha1.ModelStalled, false},
		"ServerGone":   {interruption{errors.New("dial tcp 10.0.0.7:11434: connect: connection refused")}, v1alpha1.ModelPullFailed, false},
		"AnythingElse": {errors.New("digest mismatch, file must be downloaded again"), v1alpha1.ModelPullFailed, false},
	} {
		t.Run(name, func(t *testing.T) {
			reason, message := diagnose(tc.err, tc.err.Error())
			if reason != tc.want || lasting(reason) != tc.seldom {
				t.Errorf("reason = %s, tried seldom %v, want %s, %v", reason, lasting(reason), tc.want, tc.seldom)
			}
			if !strings.Contains(message, strings.TrimSpace(strings.TrimRight(tc.err.Error(), "."))) || !strings.HasSuffix(message, ".") {
				t.Errorf("message = %q", message)
			}
		})
	}
}
