// Command build has a synthesiser speak the catalogue of package prompts into the folder prompts/built: espeak-ng, and
// flite for English where it is there, since it sounds better. It installs nothing. The same catalogue and the same
// synthesisers give the same files; when nothing has changed it does nothing.
//
// With -optional it is no error that there is no synthesiser: it says so, and the prompts are tones.
package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"hookflash/media/wav"
	"hookflash/prompts"
)

// advice says what to install.
const advice = "install espeak-ng, and flite for a better English: apt-get install espeak-ng flite"

// patience is how long one sentence may take.
const patience = time.Minute

func main() {
	folder := flag.String("into", "prompts/built", "`folder` that the files go to")
	optional := flag.Bool("optional", false, "without a synthesiser, say so and leave it at that")
	flag.Parse()
	voices, err := find()
	if errors.Is(err, exec.ErrNotFound) && *optional {
		fmt.Fprintln(os.Stderr, "prompts: there is no synthesiser, so prompts are tones; to hear voices,", advice)
		return
	}
	if err == nil {
		err = speakAll(*folder, voices)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "prompts:", err)
		os.Exit(1)
	}
}

// speakAll makes every file, unless they are there.
func speakAll(folder string, voices map[string]voice) error {
	stamp := filepath.Join(folder, ".made")
	sum := checksum(voices)
	if made, err := os.ReadFile(stamp); err == nil && string(made) == sum {
		return nil
	}
	total := 0
	for _, language := range prompts.Languages() {
		if err := os.RemoveAll(filepath.Join(folder, language)); err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Join(folder, language), 0o755); err != nil {
			return err
		}
		for _, name := range prompts.Names() {
			size, err := speak(voices[language], prompts.Sentence(language, name), filepath.Join(folder, language, name+".wav"))
			if err != nil {
				return fmt.Errorf("speak %s in %s: %w", name, language, err)
			}
			total += size
		}
	}
	fmt.Printf("prompts: %d sentences in %d languages, %d KiB\n", len(prompts.Names()), len(voices), total>>10)
	return os.WriteFile(stamp, []byte(sum), 0o644)
}

// form counts the ways in which files were made: another one makes them anew.
const form = 2

// checksum tells one catalogue and its voices from another.
func checksum(voices map[string]voice) string {
	hash := sha256.New()
	fmt.Fprintln(hash, form)
	for _, language := range prompts.Languages() {
		fmt.Fprintln(hash, language, voices[language].version, voices[language].command)
		for _, name := range prompts.Names() {
			fmt.Fprintln(hash, name, prompts.Sentence(language, name))
		}
	}
	return fmt.Sprintf("%x\n", hash.Sum(nil))
}

// voice is a synthesiser that is set to a language. Of its command, OUT is the file to write, TEXT what to say.
type voice struct {
	version string
	command []string
}

// find looks for a voice of each language: exec.ErrNotFound when there is no espeak-ng.
func find() (map[string]voice, error) {
	version, err := run("espeak-ng", "--version")
	if err != nil {
		return nil, fmt.Errorf("%w; %s", err, advice)
	}
	espeak := func(name string) voice {
		return voice{version, []string{"espeak-ng", "-b", "1", "-v", name, "-s", "175", "-w", "OUT", "--", "TEXT"}}
	}
	voices := map[string]voice{"en": espeak("en-us"), "zh": espeak(mandarin())}
	if listed, err := run("flite", "-lv"); err == nil && strings.Contains(listed, "slt") {
		voices["en"] = voice{listed, []string{"flite", "-voice", "slt", "-t", "TEXT", "-o", "OUT"}}
	}
	return voices, nil
}

// mandarin is a voice that reads Chinese. Some versions read what their own dictionary gives as if it were English.
func mandarin() string {
	for _, name := range []string{"cmn", "cmn-latn-pinyin"} {
		if sounds, err := run("espeak-ng", "-b", "1", "-v", name, "-q", "-x", "--", "您"); err == nil && !strings.Contains(sounds, "(en)") {
			return name
		}
	}
	return "zh"
}

func run(name string, arguments ...string) (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var said bytes.Buffer
	command := exec.CommandContext(ctx, name, arguments...)
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		return "", fmt.Errorf("%s: %w: %s", name, err, bytes.TrimSpace(said.Bytes()))
	}
	return said.String(), nil
}

// speak makes a WAV file of a sentence, and tells how many samples it has.
func speak(v voice, sentence, file string) (int, error) {
	raw := file + ".raw"
	defer func() { _ = os.Remove(raw) }()
	arguments := strings.Split(strings.NewReplacer("OUT", raw, "TEXT", sentence).Replace(strings.Join(v.command, "\x00")), "\x00")
	if _, err := run(arguments[0], arguments[1:]...); err != nil {
		return 0, err
	}
	spoken, err := os.Open(raw)
	if err != nil {
		return 0, err
	}
	defer spoken.Close()
	samples, err := polish(spoken)
	if err != nil {
		return 0, err
	}
	return len(samples), write(file, samples)
}

func write(name string, samples []int16) (err error) {
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	writer, err := wav.NewWriter(file, prompts.Rate, wav.MuLaw)
	if err != nil {
		return err
	}
	return errors.Join(writer.Write(samples), writer.Close())
}
