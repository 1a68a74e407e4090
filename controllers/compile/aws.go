package compile

import (
	"bytes"
	"strings"
)

// Entries of the profile `[default]` of an AWS credentials file.
// Source: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
const (
	awsAccessKey    = "aws_access_key_id"
	awsSecretKey    = "aws_secret_access_key"
	awsSessionToken = "aws_session_token"
)

// isAWSFile tells an AWS credentials file from a Bedrock API key, which is one line.
func isAWSFile(value []byte) bool {
	return bytes.ContainsRune(value, '\n') || bytes.HasPrefix(value, []byte("[")) || bytes.HasPrefix(value, []byte("aws_"))
}

// awsMistake says what keeps value from being used as an AWS credentials file; empty where nothing does. It shows nothing of the
// value. Other profiles than [default] are not looked at. Other entries are refused: credential_process, for one, would run a
// program in the gateway.
func awsMistake(value []byte) string {
	found, ours := map[string]bool{}, false
	for line := range strings.Lines(string(value)) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			ours = strings.TrimSpace(strings.Trim(line, "[]")) == "default"
			continue
		}
		name, text, isEntry := strings.Cut(line, "=")
		if !isEntry {
			return "it holds a line that is neither a [profile] nor name = value"
		}
		if !ours {
			continue
		}
		if name = strings.ToLower(strings.TrimSpace(name)); !isAWSEntry(name) {
			return "its [default] has an entry other than " + awsAccessKey + ", " + awsSecretKey + " and " + awsSessionToken
		}
		found[name] = strings.TrimSpace(text) != ""
	}
	for _, name := range []string{awsAccessKey, awsSecretKey} {
		if !found[name] {
			return "its [default] has no " + name
		}
	}
	return ""
}

func isAWSEntry(name string) bool {
	return name == awsAccessKey || name == awsSecretKey || name == awsSessionToken
}

// bedrockKeyMistake says what keeps one line from being used as a Bedrock API key; empty where nothing does.
func bedrockKeyMistake(value []byte) string {
	if bytes.ContainsAny(value, " \t{}\"") {
		return "it is neither a Bedrock API key, which has no spaces, nor an AWS credentials file"
	}
	return ""
}
