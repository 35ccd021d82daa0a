#!/usr/bin/env python3
"""table.py RESULTS.csv: medians of both servers, their ratio, and the goals."""
import collections
import csv
import statistics
import sys

# measure, column, what it is called, the highest ratio to Kamailio that meets the goal
GOALS = [
    ("proxy-1000", "cpu_ms_per_call", "CPU ms per call at 1,000/s", 0.6),
    ("proxy-2000", "cpu_ms_per_call", "CPU ms per call at 2,000/s", 0.6),
    ("forward-1000", "cpu_ms_per_call", "CPU ms per forwarded call at 1,000/s", 0.8),
    ("memory-2000", "pss_kb", "memory kB after 40 s at 2,000/s", 0.5),
    ("register-2000", "cpu_ms_per_call", "CPU ms per REGISTER, no digest, 2,000/s", 0.8),
    ("register-20000", "cpu_ms_per_call", "CPU ms per REGISTER, no digest, 20,000/s", 1.0),
    ("register-auth-1000", "cpu_ms_per_call", "CPU ms per REGISTER, MD5 digest, 1,000/s", 0.8),
]
# measure, column, what it is called, the highest figure that meets the goal: 0.12 of the 4.2 ms that Asterisk takes for a call
# between two telephones, each leg its own, without sound at 100 calls/s
FIGURES = [
    ("bridge-100", "cpu_ms_per_call", "CPU ms per helped call at 100/s", 0.504),
    ("bridge-1000", "cpu_ms_per_call", "CPU ms per helped call at 1,000/s", 0.504),
]
GOROUTINES = 10  # that load may add


def verdict(met):
    return "met" if met else "MISSED"


def ratios(by):
    print(f"\n{'':42} {'hookflash':>10} {'Kamailio':>10} {'ratio':>6} {'pairs from-to':>14} {'goal':>6}")
    for measure, column, title, goal in GOALS:
        ours = {row["pair"]: row for row in by.get((measure, "hookflash"), []) if float(row[column] or 0)}
        theirs = {row["pair"]: row for row in by.get((measure, "kamailio"), []) if float(row[column] or 0)}
        whole = [pair for pair in ours if pair in theirs and int(ours[pair]["fail"]) == int(theirs[pair]["fail"]) == 0]
        left_out = len(set(ours) | set(theirs)) - len(whole)
        note = f", {left_out} with failed calls or no figure left out" if left_out else ""
        if not whole:
            if ours or theirs:
                print(f"{title:42} no pair{note}")
            continue
        a = statistics.median(float(ours[pair][column]) for pair in whole)
        b = statistics.median(float(theirs[pair][column]) for pair in whole)
        each = [float(ours[pair][column]) / float(theirs[pair][column]) for pair in whole]
        print(f"{title:42} {a:10.4g} {b:10.4g} {a / b:6.2f} {min(each):6.2f} to {max(each):4.2f} {goal:6.2f} {verdict(a / b <= goal)} ({len(whole)} pairs{note})")


def figures(by):
    for measure, column, title, goal in FIGURES:
        ours = [float(row[column]) for row in by.get((measure, "hookflash"), []) if float(row[column] or 0) and int(row["fail"]) == 0]
        theirs = [float(row[column]) for row in by.get((measure, "kamailio"), []) if float(row[column] or 0)]
        if ours:
            a = statistics.median(ours)
            beside = f"{statistics.median(theirs):10.4g}" if theirs else f"{'':10}"
            print(f"{title:42} {a:10.4g} {beside} (Kamailio relays) goal {goal:.3g} ms {verdict(a <= goal)} ({len(ours)} runs)")


def lines(by):
    print()
    for (measure, server), rows in sorted(by.items()):
        lost = sum(int(row["fail"]) for row in rows)
        again = sum(int(row["retrans"]) for row in rows)
        text = f"{measure:20} {server:10} {sum(int(row['ok']) for row in rows):9} done, {lost} failed, {again} retransmissions"
        if measure.startswith("register"):
            late = sorted({row["p99_ms"] for row in rows if row["p99_ms"]}, key=lambda bound: (bound[0] == ">", int(bound.strip("<>="))))
            text += f", worst p99 {late[-1] if late else '?'} ms"
            if server == "hookflash":
                text += f" (goal <1: {verdict(bool(late) and late[-1] == '<1')})"
        if measure == "proxy-7000":
            text += f" (goal 0 and 0: {verdict(lost == 0 and again == 0)})"
        grown = [int(row["goroutines_load"]) - int(row["goroutines_idle"]) for row in rows if row["goroutines_load"] and row["goroutines_idle"]]
        if grown:
            text += f", goroutines {max(grown):+d} (goal +{GOROUTINES}: {verdict(max(grown) <= GOROUTINES)})"
        print(text)


def main():
    by = collections.defaultdict(list)
    with open(sys.argv[1], newline="") as file:
        for row in csv.DictReader(file):
            by[row["measure"], row["server"]].append(row)
    ratios(by)
    figures(by)
    lines(by)


main()
