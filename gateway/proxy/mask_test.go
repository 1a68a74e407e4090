package proxy

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
)

// TestMasked: wherever the secret stands, and in whatever pieces it arrives.
func TestMasked(t *testing.T) {
	const secret, stars = "0123456789abcdef", "****************"
	long := strings.Repeat("-", maskPiece-5)
	for name, text := range map[string]string{
		"Nothing": "", "None": "an ordinary error", "All": secret, "InBetween": "key " + secret + " is wrong", "Twice": secret + secret + "0123",
		"Beginning": "it begins with 0123456789abcde", "OverTwoPieces": long + secret + long, "Nested": "01234567" + secret + "89abcdef",
	} {
		want := strings.ReplaceAll(text, secret, stars)
		for pace, slow := range map[string]func(io.Reader) io.Reader{
			"AtOnce": func(r io.Reader) io.Reader { return r }, "ByteByByte": iotest.OneByteReader, "WithTheEnd": iotest.DataErrReader,
		} {
			t.Run(name+pace, func(t *testing.T) {
				m := &masked{ReadCloser: io.NopCloser(slow(strings.NewReader(text))), secret: []byte(secret)}
				got, err := io.ReadAll(iotest.OneByteReader(m))
				if err != nil || string(got) != want {
					t.Errorf("got %q, %v, want %q", got, err, want)
				}
			})
		}
	}
}

// TestMaskedBreaksOff: what came before an error is not lost, and neither is the error.
func TestMaskedBreaksOff(t *testing.T) {
	broken := errors.New("the connection is gone")
	m := &masked{ReadCloser: io.NopCloser(io.MultiReader(strings.NewReader("half an err"), iotest.ErrReader(broken))), secret: []byte("a secret that is longer")}
	if got, err := io.ReadAll(m); string(got) != "half an err" || !errors.Is(err, broken) {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestMaskedStars: a key that looks like what it is replaced with.
func TestMaskedStars(t *testing.T) {
	m := &masked{ReadCloser: io.NopCloser(strings.NewReader("**********")), secret: []byte("********")}
	if got, err := io.ReadAll(m); string(got) != "**********" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestSecretOf(t *testing.T) {
	for name, tc := range map[string]struct {
		key, authorization, want string
	}{
		"Key":    {"key-of-the-provider", "Bearer key-of-the-provider", "key-of-the-provider"},
		"Token":  {"", "Bearer ya29.token", "ya29.token"},
		"Nobody": {},
	} {
		t.Run(name, func(t *testing.T) {
			h := http.Header{}
			if tc.authorization != "" {
				h.Set("Authorization", tc.authorization)
			}
			if got := secretOf(tc.key, h); got != tc.want {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}
