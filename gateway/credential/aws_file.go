package credential

import (
	"bytes"
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
)

var (
	errNoAWSEntry = errors.New("a line of the credentials file is neither a [profile] nor name = value")
	errNoAWSKeys  = errors.New("the profile [default] lacks aws_access_key_id or aws_secret_access_key")
)

// bedrockKey is a Bedrock API key: one line without spaces, which begins neither a profile nor an entry of a credentials file.
func bedrockKey(file []byte) (key string, ok bool) {
	line := string(bytes.TrimSpace(file))
	if line == "" || strings.ContainsAny(line, " \t\r\n\"{}") || strings.HasPrefix(line, "[") || strings.HasPrefix(line, "aws_") {
		return "", false
	}
	return line, true
}

// readAWSFile reads the keys of the profile [default], and nothing else: credential_process, for one, would run a program here.
// Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
func readAWSFile(file []byte) (aws.Credentials, error) {
	keys, ours := aws.Credentials{Source: "Secret"}, false
	for line := range strings.Lines(string(file)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			ours = strings.TrimSpace(strings.Trim(line, "[]")) == "default"
			continue
		}
		name, value, isEntry := strings.Cut(line, "=")
		if !isEntry {
			return aws.Credentials{}, errNoAWSEntry
		}
		if ours {
			setAWSEntry(&keys, strings.ToLower(strings.TrimSpace(name)), strings.TrimSpace(value))
		}
	}
	if !keys.HasKeys() {
		return aws.Credentials{}, errNoAWSKeys
	}
	return keys, nil
}

func setAWSEntry(keys *aws.Credentials, name, value string) {
	switch name {
	case "aws_access_key_id":
		keys.AccessKeyID = value
	case "aws_secret_access_key":
		keys.SecretAccessKey = value
	case "aws_session_token":
		keys.SessionToken = value
	}
}
