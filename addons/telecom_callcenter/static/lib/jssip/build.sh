#!/bin/sh
# Rebuild jssip.js from the published packages. Needs node, npm and a network.
# Usage: static/lib/jssip/build.sh
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

npm init -y >/dev/null
npm install --no-audit --no-fund \
    jssip@3.13.8 debug@4.4.3 events@3.3.0 ms@2.1.3 sdp-transform@2.15.0 esbuild@0.28.2

echo 'module.exports = require("jssip");' >entry.js
# Not minified: Odoo minifies its bundles, and people can read what they run.
npx esbuild entry.js --bundle --format=iife --global-name=JsSIP --platform=browser \
    --target=es2020 --legal-comments=none --charset=utf8 \
    --banner:js="/* JsSIP 3.13.8, MIT. See LICENSE; built by build.sh. */" \
    --footer:js="window.JsSIP = JsSIP;" --outfile="$here/jssip.js"
