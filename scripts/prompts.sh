#!/usr/bin/env bash
# Speaks the texts of asterisk/prompts/prompts.txt into WAV files beside it: 8 kHz, mono, 16 bit, as
# Asterisk plays them without converting. Files without a text are removed.
set -euo pipefail
cd "$(dirname "$0")/.."

folder=asterisk/prompts
for tool in espeak-ng sox; do
	command -v "$tool" >/dev/null || scripts/apt-install.sh "$tool"
done
work="$(mktemp -d)"
mkdir "$work/done"
trap 'rm -rf "$work"' EXIT

speak() {
	espeak-ng -v en-us+f3 -s 160 -g 2 -w "$work/spoken.wav" -- "$2"
	# -R and -D: the same text gives the same bytes, so that only a changed prompt is a changed file.
	# The band is that of a telephone; silence at both ends goes, and a little comes back at the end.
	sox -R -D "$work/spoken.wav" -r 8000 -c 1 -b 16 -e signed-integer "$work/done/$1.wav" \
		highpass 200 silence 1 0.01 0.5% reverse silence 1 0.01 0.5% reverse norm -3 pad 0.05 0.15
}

while IFS=: read -r name text; do
	case "$name" in '#'* | '') continue ;; esac
	speak "$name" "${text# }"
done <"$folder/prompts.txt"
rm -f "$folder"/*.wav
mv "$work"/done/*.wav "$folder"
