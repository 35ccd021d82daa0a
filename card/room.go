package card

import "hookflash/config"

// rooms are the numbers of conference rooms. Those that the file names stand on the cards of users who may enter, and of nobody's.
func (m *maker) rooms() (rows []Row) {
	all := &m.config.Rooms
	if all.Off {
		return nil
	}
	if all.Number != "" {
		rows = append(rows, Row{Keys: []string{all.Number}, Does: "room", Text: m.say("room")})
	}
	if free := ranges(all.AdHoc, ""); len(free) > 0 {
		rows = append(rows, Row{Keys: free, Does: "room-new", Text: m.say("room-new")})
	}
	for i := range all.Named {
		r := &all.Named[i]
		if m.user == nil || r.Number == "" || !m.enters(r) {
			continue
		}
		row := Row{Keys: []string{r.Number}, Does: "room-named", Text: m.say("room-named")}
		for _, name := range []string{r.Title, r.Name} {
			if name != "" {
				row.Text += " " + name
				break
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func (m *maker) enters(r *config.Room) bool {
	return len(r.Members) == 0 || m.among(r.Members) || m.among(r.Moderators)
}
