package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hookflash/directory"
)

func userForward(c *connection) *cobra.Command {
	var unconditional, busy, noAnswer, unreachable string
	var after time.Duration
	var off bool
	command := &cobra.Command{
		Use: "forward NAME [flags]", Short: "Say where a user's calls are forwarded (RFC 5359 sections 2.7 to 2.9)",
		Long: "forward changes what its flags name and leaves the rest; off as a target takes one away, --off all.\n" +
			"Whoever forwards needs the permission to call there.",
		Example: "  hookflash user forward bob --unconditional carol\n  hookflash user forward bob --busy voicemail\n" +
			"  hookflash user forward bob --no-answer +4930123456 --after 20s\n  hookflash user forward bob --busy off\n  hookflash user forward bob --off",
		Args: exactly("forward", "the name of a user"), ValidArgsFunction: c.names("users"),
	}
	flags := command.Flags()
	flags.StringVar(&unconditional, "unconditional", "", "`TARGET` of all calls")
	flags.StringVar(&busy, "busy", "", "`TARGET` when every phone is busy")
	flags.StringVar(&noAnswer, "no-answer", "", "`TARGET` when nobody answers")
	flags.DurationVar(&after, "after", 0, "how long the phones ring before that (20s)")
	flags.StringVar(&unreachable, "unreachable", "", "`TARGET` when no phone is there")
	flags.BoolVar(&off, "off", false, "forward nothing")
	completeFlags(command, c.targets, "unconditional", "busy", "no-answer", "unreachable")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		edit := func(f *directory.Forward) error {
			if off {
				*f = directory.Forward{}
			}
			if flags.Changed("after") {
				f.NoAnswer.After = directory.Duration(after)
			}
			return errors.Join(
				setTarget("--unconditional", unconditional, &f.Unconditional), setTarget("--busy", busy, &f.Busy),
				setTarget("--no-answer", noAnswer, &f.NoAnswer.To), setTarget("--unreachable", unreachable, &f.Unreachable),
			)
		}
		if !changes(command) {
			return errNothing(command)
		}
		return c.reroutes(command, arguments[0], func(routing *directory.Routing) error {
			err := edit(&routing.Forward)
			if routing.Forward.NoAnswer.To.IsZero() {
				routing.Forward.NoAnswer = directory.NoAnswer{}
			}
			return err
		})
	}
	return command
}

// setTarget reads a target of a flag: "" leaves what is there, "off" takes it away.
func setTarget(flag, text string, target *directory.Target) error {
	switch text {
	case "":
		return nil
	case "off":
		*target = directory.Target{}
		return nil
	}
	parsed, err := directory.ParseTarget(text)
	if err != nil {
		return fmt.Errorf("%s: %w", flag, err)
	}
	*target = parsed
	return nil
}

func userFindMe(c *connection) *cobra.Command {
	var steps []string
	var off, on, clear bool
	command := &cobra.Command{
		Use: "find-me NAME [flags]", Short: "Say where a user is looked for, step by step (RFC 5359 section 2.12)",
		Long: "find-me replaces the steps that are taken until somebody answers. A step is a list of targets that ring at once, then\n" +
			"what else is said: in turn (one after the other), for TIME, confirm (who answers must press 1: keeps a mobile's\n" +
			"voicemail from taking the call). --off keeps the steps and takes none.",
		Example: "  hookflash user find-me bob --step 'phones,carol for 15s' --step '+49171555 for 20s confirm'\n" +
			"  hookflash user find-me bob --step 'phones,carol,dave in turn for 10s'\n  hookflash user find-me bob --off",
		Args: exactly("find-me", "the name of a user"), ValidArgsFunction: c.names("users"),
	}
	flags := command.Flags()
	flags.StringArrayVar(&steps, "step", nil, "`STEP`, such as 'phones,carol for 15s'; may be repeated")
	flags.BoolVar(&off, "off", false, "keep the steps and take none")
	flags.BoolVar(&on, "on", false, "take the steps that are kept")
	flags.BoolVar(&clear, "clear", false, "forget the steps")
	completeFlags(command, nothing, "step")
	command.MarkFlagsMutuallyExclusive("off", "on")
	command.MarkFlagsMutuallyExclusive("step", "clear")
	command.RunE = func(command *cobra.Command, arguments []string) error {
		if !changes(command) {
			return errNothing(command)
		}
		var parsed []directory.Step
		for _, text := range steps {
			step, err := parseStep(text)
			if err != nil {
				return err
			}
			parsed = append(parsed, step)
		}
		return c.reroutes(command, arguments[0], func(routing *directory.Routing) error {
			if len(parsed) > 0 || clear {
				routing.FindMe = directory.FindMe{Steps: parsed}
			}
			routing.FindMe.Off = (routing.FindMe.Off || off) && !on
			return nil
		})
	}
	return command
}

// parseStep reads "phones,carol in turn for 15s confirm".
func parseStep(text string) (step directory.Step, err error) {
	fields := strings.Fields(text)
	if len(fields) == 0 {
		return step, errors.New("a step names who rings: --step 'phones,carol for 15s'")
	}
	for name := range strings.SplitSeq(fields[0], ",") {
		target, err := directory.ParseTarget(name)
		if err != nil {
			return step, fmt.Errorf("step %q: %w", text, err)
		}
		step.Targets = append(step.Targets, target)
	}
	for rest := fields[1:]; len(rest) > 0; {
		switch {
		case rest[0] == "confirm":
			step.Confirm, rest = true, rest[1:]
		case len(rest) > 1 && rest[0] == "in" && rest[1] == "turn":
			step.InTurn, rest = true, rest[2:]
		case len(rest) > 1 && rest[0] == "for":
			if err := step.For.UnmarshalText([]byte(rest[1])); err != nil {
				return step, fmt.Errorf("step %q: %w", text, err)
			}
			rest = rest[2:]
		default:
			return step, fmt.Errorf("step %q: %q is none of: in turn, for TIME, confirm", text, strings.Join(rest, " "))
		}
	}
	return step, nil
}

// stepText is what parseStep reads.
func stepText(step directory.Step) string {
	names := make([]string, len(step.Targets))
	for i, target := range step.Targets {
		names[i] = target.String()
	}
	text := strings.Join(names, ",")
	if step.InTurn {
		text += " in turn"
	}
	text += " for " + step.For.Or(directory.DefaultRing).String()
	if step.Confirm {
		text += " confirm"
	}
	return text
}

func userDoNotDisturb(c *connection) *cobra.Command {
	return &cobra.Command{
		Use: "dnd NAME on|off", Short: "Turn do not disturb on or off", Example: "  hookflash user dnd bob on",
		Args: func(_ *cobra.Command, arguments []string) error {
			if len(arguments) != 2 {
				return errors.New("dnd wants the name of a user, and on or off")
			}
			_, err := onOrOff("dnd", arguments[1])
			return err
		},
		ValidArgsFunction: c.names("users", words("on", "off")),
		RunE: func(command *cobra.Command, arguments []string) error {
			return c.reroutes(command, arguments[0], func(routing *directory.Routing) error {
				routing.DoNotDisturb = arguments[1] == "on"
				return nil
			})
		},
	}
}
