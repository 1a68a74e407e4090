package gemini

import "encoding/json"

// response is a GenerateContentResponse: a whole answer, or one chunk of a stream.
// Source: https://ai.google.dev/api/generate-content#generatecontentresponse
type response struct {
	Candidates     []candidate    `json:"candidates"`
	PromptFeedback promptFeedback `json:"promptFeedback"`
	Usage          *usageMetadata `json:"usageMetadata"`
	ResponseID     string         `json:"responseId"`
	// CreateTime is Vertex AI's.
	CreateTime string `json:"createTime"`
	// Error is set instead of all else where a stream broke.
	Error json.RawMessage `json:"error"`
}

type candidate struct {
	Content       content         `json:"content"`
	FinishReason  string          `json:"finishReason"`
	FinishMessage string          `json:"finishMessage"`
	Index         int             `json:"index"`
	Logprobs      *logprobsResult `json:"logprobsResult"`
}

// promptFeedback says why a prompt got no answer.
type promptFeedback struct {
	BlockReason string `json:"blockReason"`
}

// content is a turn, or a part of one.
type content struct {
	Role  string `json:"role,omitempty"`
	Parts []part `json:"parts"`
}

// part is one of text, media, a call and a response.
type part struct {
	Text             *string           `json:"text,omitempty"`
	Thought          bool              `json:"thought,omitempty"`
	InlineData       *blob             `json:"inlineData,omitempty"`
	FileData         *fileData         `json:"fileData,omitempty"`
	FunctionCall     *functionCall     `json:"functionCall,omitempty"`
	FunctionResponse *functionResponse `json:"functionResponse,omitempty"`
	ThoughtSignature string            `json:"thoughtSignature,omitempty"`
}

type blob struct {
	MIMEType string `json:"mimeType"`
	Data     string `json:"data"`
}

type fileData struct {
	MIMEType string `json:"mimeType,omitempty"`
	FileURI  string `json:"fileUri"`
}

type functionCall struct {
	ID   string          `json:"id,omitempty"`
	Name string          `json:"name"`
	Args json.RawMessage `json:"args,omitempty"`
}

type functionResponse struct {
	ID       string           `json:"id,omitempty"`
	Name     string           `json:"name"`
	Response functionOutput   `json:"response"`
	Parts    []responseInline `json:"parts,omitempty"`
}

// functionOutput is what a tool returned, as text: numbers in Google's structs are doubles, which would round long ones.
type functionOutput struct {
	Output *string `json:"output,omitempty"`
	Error  *string `json:"error,omitempty"`
}

type responseInline struct {
	InlineData *blob `json:"inlineData"`
}

type usageMetadata struct {
	Prompt     int64 `json:"promptTokenCount"`
	Cached     int64 `json:"cachedContentTokenCount"`
	Candidates int64 `json:"candidatesTokenCount"`
	Thoughts   int64 `json:"thoughtsTokenCount"`
	ToolUse    int64 `json:"toolUsePromptTokenCount"`
	Total      int64 `json:"totalTokenCount"`
}

type logprobsResult struct {
	Chosen []tokenLogprob `json:"chosenCandidates"`
	Top    []topLogprobs  `json:"topCandidates"`
}

type topLogprobs struct {
	Candidates []tokenLogprob `json:"candidates"`
}

type tokenLogprob struct {
	Token       string  `json:"token"`
	Probability float64 `json:"logProbability"`
}
