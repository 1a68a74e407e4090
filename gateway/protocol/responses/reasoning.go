package responses

import (
	"strings"

	"github.com/fairlead-dev/fairlead/gateway/chat"
	"github.com/fairlead-dev/fairlead/gateway/fields"
)

// redacted marks encrypted_content that is all there is of a thought, which its provider shows to nobody. Without the mark it
// would look like the signature of a thought without words.
const redacted = "redacted:"

// reasoning reads what the model thought. Its text is in the summary; servers of open models put it into the content.
// Source: https://platform.openai.com/docs/guides/reasoning#encrypted-reasoning-items
func (d *decoder) reasoning(o *fields.Object) {
	text := strings.Join(append(texts(o, "summary"), texts(o, "content")...), "\n\n")
	encrypted, isRedacted := strings.CutPrefix(o.Text("encrypted_content"), redacted)
	part := chat.Part{Kind: chat.KindThinking, Text: text, Signature: chat.Unmark(encrypted, chat.OriginOpenAI)}
	if isRedacted {
		part.Kind, part.Text = chat.KindRedacted, ""
	}
	if part.Text != "" || part.Signature.Value != "" {
		d.say(chat.RoleAssistant, part)
	}
}

func texts(o *fields.Object, name string) []string {
	parts := o.Objects(name)
	list := make([]string, len(parts))
	for i, part := range parts {
		list[i] = part.Text("text")
	}
	return list
}

// encryptedContent is the signature of a thought as a client carries it.
func encryptedContent(k chat.Kind, s chat.Signature) string {
	if k == chat.KindRedacted {
		return redacted + s.Mark(chat.OriginOpenAI)
	}
	return s.MarkThought(chat.OriginOpenAI)
}
