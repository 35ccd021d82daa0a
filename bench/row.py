#!/usr/bin/env python3
"""row.py LABEL FIGURES FOLDER IDLE SAMPLES: one row of results.

LABEL is "pair,measure,server"; FIGURES the line that a part printed; FOLDER where SIPp left its
statistics; IDLE the goroutines before the load; SAMPLES a file with those under it, one a line."""
import csv
import glob
import re
import sys


def p99(folder):
    """The upper bound in ms of SIPp's class of response times that holds the 99th of 100."""
    files = glob.glob(folder + "/s.csv") + glob.glob(folder + "/uac.csv")
    if not files:
        return ""
    with open(files[0], newline="") as file:
        last = list(csv.DictReader(file, delimiter=";"))[-1]
    classes = []
    for name, count in last.items():
        found = re.match(r"ResponseTimeRepartition(\w*?)_(<|>=)(\d+)$", name or "")
        if found and found.group(1) in ("reg", "pdd"):
            classes.append((found.group(2) + found.group(3), int(count or 0)))
    total, seen = sum(count for _, count in classes), 0
    for bound, count in classes:
        seen += count
        if total and seen >= 0.99 * total:
            return bound
    return ""


def main():
    label, figures, folder, idle, samples = sys.argv[1:]
    value = dict(pair.split("=", 1) for pair in figures.split() if "=" in pair)
    with open(samples) as file:
        load = [int(line) for line in file if line.strip().isdigit()]
    print(",".join([
        label, value["rate"], value["dur"], value["ok"], value["fail"], value["retrans"],
        value["CPU_S_PER_1000"],  # seconds per thousand are milliseconds per one
        value["pss_kb"], p99(folder), idle, str(max(load)) if load else "", value.get("machine_busy%", ""),
    ]))


main()
