package config

import "strings"

// validate runs Validate and gives each finding its place. A finding about something that
// was reported already is left out: one mistake, one message.
func (r *reader) validate() {
	if r.broken {
		return
	}
	r.keep()
	for _, problem := range r.config.Validate() {
		if r.follows(problem.Path) {
			continue
		}
		r.report(r.nearestPlace(problem.Path), problem.Path, problem.What, problem.Remedy)
		r.problems[len(r.problems)-1].Warning = problem.Warning
		r.silenced[problem.Path] = !problem.Warning
	}
}

// nearestPlace is where the value at path stands, or the value it would stand in.
func (r *reader) nearestPlace(path string) place {
	for path != "" {
		if at, ok := r.places[path]; ok {
			return at
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return r.places[""]
}

// follows tells whether the value at path, or one it stands in, was reported already.
func (r *reader) follows(path string) bool {
	for path != "" && !r.silenced[path] {
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return r.silenced[path]
}
