package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// scenario is what the clients of all languages say and expect: ../clients/scenario.json.
type scenario struct {
	Key       string   `json:"key"`
	WrongKey  string   `json:"wrongKey"`
	Providers []string `json:"providers"`
	Prompts   struct {
		System, Hello, Unicode, Max, Long, Weather, Forced, Parallel, Think, ThinkWeather, Schema, Image string
		Fail429, Fail500, FailContext, FailMidstream, CutMidstream                                       string
	} `json:"prompts"`
	Answers struct {
		Hello, Unicode, LongStart, LongEnd, Max, Image string
	} `json:"answers"`
	Tool struct {
		Name        string         `json:"name"`
		Description string         `json:"description"`
		Parameters  map[string]any `json:"parameters"`
	} `json:"tool"`
	Cities  []string          `json:"cities"`
	Results map[string]string `json:"results"`
	Schema  struct {
		Name   string         `json:"name"`
		Schema map[string]any `json:"schema"`
	} `json:"schema"`
	Picture picture  `json:"image"`
	Texts   []string `json:"texts"`
}

// picture is an image for a message.
type picture struct {
	Type   string `json:"type"`
	Base64 string `json:"base64"`
}

// bytes of the picture.
func (p picture) bytes() []byte {
	data, _ := base64.StdEncoding.DecodeString(p.Base64) // readScenario has checked it
	return data
}

// dataURL is the picture as OpenAI takes it.
func (p picture) dataURL() string { return "data:" + p.Type + ";base64," + p.Base64 }

func readScenario(path string) (*scenario, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the scenario: %w", err)
	}
	s := &scenario{}
	if err := json.Unmarshal(content, s); err != nil {
		return nil, fmt.Errorf("reading the scenario: %w", err)
	}
	if _, err := base64.StdEncoding.DecodeString(s.Picture.Base64); err != nil {
		return nil, fmt.Errorf("reading the scenario's image: %w", err)
	}
	return s, nil
}

// greeting is what the model of a provider says.
func (s *scenario) greeting(provider string) string {
	return strings.ReplaceAll(s.Answers.Hello, "PROVIDER", provider)
}

// seen is what the model says of the picture.
func (s *scenario) seen() string {
	return strings.ReplaceAll(s.Answers.Image, "BYTES", strconv.Itoa(len(s.Picture.bytes())))
}
