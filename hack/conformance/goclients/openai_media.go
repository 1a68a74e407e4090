package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/openai/openai-go/v3"
)

// media makes and edits images, speaks, listens and moderates.
func (o openAI) media(ctx context.Context, c cell) error {
	err := errors.Join(o.images(ctx, c.Model), o.audio(ctx, c.Model))
	if c.Provider == "azure" { // which has no moderations
		return err
	}
	return errors.Join(err, o.moderation(ctx, c.Model))
}

func (o openAI) images(ctx context.Context, model string) error {
	made, err := o.api.Images.Generate(ctx, openai.ImageGenerateParams{Model: model, Prompt: o.Prompts.Hello})
	if err != nil {
		return fmt.Errorf("making an image: %w", err)
	}
	png := openai.File(bytes.NewReader(o.Picture.bytes()), "dot.png", o.Picture.Type)
	edited, err := o.api.Images.Edit(ctx, openai.ImageEditParams{Model: model, Prompt: o.Prompts.Hello, Image: openai.ImageEditParamsImageUnion{OfFile: png}})
	if err != nil {
		return fmt.Errorf("editing an image: %w", err)
	}
	for _, images := range [][]openai.Image{made.Data, edited.Data} {
		if len(images) != 1 || images[0].B64JSON == "" && images[0].URL == "" {
			return fmt.Errorf("no image in %v", images)
		}
	}
	return nil
}

func (o openAI) audio(ctx context.Context, model string) error {
	speech, err := o.api.Audio.Speech.New(ctx, openai.AudioSpeechNewParams{
		Model: model, Input: o.Prompts.Hello, Voice: openai.AudioSpeechNewParamsVoiceUnion{OfString: openai.String("alloy")},
	})
	if err != nil {
		return fmt.Errorf("speaking: %w", err)
	}
	defer speech.Body.Close()
	if sound, err := io.ReadAll(speech.Body); err != nil || len(sound) == 0 {
		return fmt.Errorf("speaking gave %d bytes: %w", len(sound), err)
	}
	// Translations, which this SDK calls deprecated, are tried with those of the other languages.
	file := openai.File(strings.NewReader("RIFF of no sound"), "sound.wav", "audio/wav")
	heard, err := o.api.Audio.Transcriptions.New(ctx, openai.AudioTranscriptionNewParams{Model: model, File: file})
	if err == nil && !strings.Contains(heard.Text, "sound.wav") {
		err = fmt.Errorf("heard %q", heard.Text)
	}
	return err
}

func (o openAI) moderation(ctx context.Context, model string) error {
	judged, err := o.api.Moderations.New(ctx, openai.ModerationNewParams{
		Model: model, Input: openai.ModerationNewParamsInputUnion{OfString: openai.String(o.Prompts.Hello)},
	})
	if err != nil {
		return fmt.Errorf("moderating: %w", err)
	}
	return equal("number of results of moderation", len(judged.Results), 1)
}
