package credential

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
)

// service is the name under which requests to Bedrock are signed, also for the host bedrock-runtime.
// Source: https://docs.aws.amazon.com/general/latest/gr/bedrock.html
const service = "bedrock"

// signer signs requests with Signature Version 4.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
type signer struct {
	region string
	// keys returns what to sign with. It may ask a server, and remembers what it got as long as that is valid.
	keys func(ctx context.Context) (aws.Credentials, error)
	now  func() time.Time
	v4   *v4.Signer
}

// AWS returns an Authorizer for what a person put into a Secret: an AWS credentials file, of which the profile [default] counts and
// with whose keys requests are signed for region, or one line, a Bedrock API key, which is sent as it is. The error does not repeat
// any of it.
func AWS(file []byte, region string) (Authorizer, error) {
	if key, ok := bedrockKey(file); ok {
		return bearer("Bearer " + key), nil
	}
	keys, err := readAWSFile(file)
	if err != nil {
		return nil, fmt.Errorf("reading AWS credentials: %w", err)
	}
	return newSigner(region, func(context.Context) (aws.Credentials, error) { return keys, nil })
}

// AWSAmbient returns an Authorizer that signs for region with what the AWS SDK finds where the gateway runs: a service account's web
// identity, EKS Pod Identity, the role of the machine, or the environment. It looks when the first request is to be signed, and
// renews what expires.
func AWSAmbient(region string) (Authorizer, error) {
	a := &ambient{region: region}
	return newSigner(region, a.keys)
}

func newSigner(region string, keys func(context.Context) (aws.Credentials, error)) (Authorizer, error) {
	if region == "" {
		return nil, errors.New("signing for AWS takes a region")
	}
	return &signer{region: region, keys: keys, now: time.Now, v4: v4.NewSigner()}, nil
}

// Authorize signs the request: its method, path, query and body, and of its headers the host and the content's type only, so that
// what is added to the others on the way does no harm. The body must be sent as it is.
func (s *signer) Authorize(ctx context.Context, r *http.Request, body [][]byte) error {
	keys, err := s.keys(ctx)
	if err != nil {
		return fmt.Errorf("finding AWS credentials: %w", err)
	}
	hash, length := sha256.New(), int64(0)
	for _, piece := range body {
		hash.Write(piece)
		length += int64(len(piece))
	}
	signed := &http.Request{Method: r.Method, URL: r.URL, Host: r.Host, ContentLength: length, Header: http.Header{}}
	if kind := r.Header.Get("Content-Type"); kind != "" {
		signed.Header.Set("Content-Type", kind)
	}
	err = s.v4.SignHTTP(ctx, keys, signed, hex.EncodeToString(hash.Sum(nil)), service, s.region, s.now())
	if err != nil {
		return fmt.Errorf("signing for AWS: %w", err)
	}
	for name, values := range signed.Header {
		r.Header[name] = values
	}
	return nil
}

// bearer is a value of the header Authorization.
type bearer string

// Authorize sends the key.
// Source: https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys-use.html
func (b bearer) Authorize(_ context.Context, r *http.Request, _ [][]byte) error {
	r.Header.Set("Authorization", string(b))
	return nil
}

// ambient finds credentials where the gateway runs.
type ambient struct {
	region string

	mu       sync.Mutex
	provider aws.CredentialsProvider
}

// keys looks for a source of credentials, and then asks it. Where there is none yet, the next request looks again.
func (a *ambient) keys(ctx context.Context) (aws.Credentials, error) {
	p, err := a.source(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	return p.Retrieve(ctx)
}

func (a *ambient) source(ctx context.Context) (aws.CredentialsProvider, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.provider != nil {
		return a.provider, nil
	}
	early := func(o *aws.CredentialsCacheOptions) { o.ExpiryWindow = renewBefore }
	cfg, err := config.LoadDefaultConfig(ctx, config.WithRegion(a.region), config.WithCredentialsCacheOptions(early))
	if err != nil {
		return nil, err
	}
	// It remembers what it got. A cache around it would get the same credentials again until their end.
	a.provider = cfg.Credentials
	return a.provider, nil
}

// renewBefore is how long before credentials expire they are renewed, so that a request that is signed at the last moment still
// arrives in time.
const renewBefore = 5 * time.Minute
