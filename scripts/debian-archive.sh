# Sourced by the scripts that take packages from Debian's archives, not run by itself.
#
# Gives them an apt of their own for another architecture: nothing is installed and no root is needed. It runs
# with the archives, proxies and keys that apt is configured with on this host, but with a source list, a state
# and a cache below images/.apt/. Before: `top` is the repository, `suite` a name, `instead` says what a person
# can do when there is no archive, and say() and fail() print. `private` is the directory afterwards.

digest() {
  if command -v sha256sum >/dev/null; then sha256sum "$1" | cut -d' ' -f1
  else shasum -a 256 "$1" | cut -d' ' -f1; fi
}

# Writes one "deb" line per archive; with no keyring file apt's own trusted keys decide.
source_lines() {
  options=${keyring:+"[signed-by=$keyring] "}
  for uri in $archives; do echo "deb $options$uri $suite main"; done
  for uri in $security; do echo "deb $options$uri $suite-security main"; done
  for uri in $archives; do echo "deb $options$uri $suite-updates main"; done
}

# apt-get update without the noise; its words are kept for the message when it fails.
refresh() { apt-get -q -c "$private/apt.conf" -o APT::Update::Error-Mode=any update >"$private/log" 2>&1; }
unverified() { grep -q -E 'NO_PUBKEY|not signed|EXPKEYSIG|Missing key|signatures couldn' "$private/log"; }

# Every archive at once; when one of them refuses, only those that answer.
refresh_all() {
  source_lines >"$private/sources.list"
  refresh && return 0
  unverified && return 1
  source_lines >"$private/candidates"
  : >"$private/answering"
  while IFS= read -r line; do
    printf '%s\n' "$line" >"$private/sources.list"
    if refresh </dev/null; then printf '%s\n' "$line" >>"$private/answering"
    else cp "$private/log" "$private/log.refused"; fi
  done <"$private/candidates"
  cp "$private/answering" "$private/sources.list"
  [ -s "$private/sources.list" ] || { cp "$private/log.refused" "$private/log"; return 1; }
  refresh
}

# The host's keys may be older than the suite: the current keyring is itself a package, which the
# host's own apt can verify with the keys that it has.
fetch_keyring() {
  say "this host's keys do not cover $suite: fetching the package debian-archive-keyring"
  rm -rf "$private/keyring" && mkdir -p "$private/keyring"
  (cd "$private/keyring" && apt-get -q download debian-archive-keyring >>"$private/log" 2>&1) || return 1
  dpkg-deb -x "$private"/keyring/*.deb "$private/keyring" || return 1
  for file in debian-archive-keyring.pgp debian-archive-keyring.gpg; do
    keyring=$private/keyring/usr/share/keyrings/$file
    [ -f "$keyring" ] && return 0
  done
  return 1
}

# Makes `private` and fills it with today's package lists.
open_archive() {
  for tool in apt-get apt-cache dpkg-deb tar; do
    command -v "$tool" >/dev/null || fail "this host has no $tool, so nothing can be fetched: $instead"
  done

  private=$top/images/.apt/$suite
  mkdir -p "$private/state/lists/partial" "$private/cache/archives/partial" "$private/debs" "$private/empty"
  : >"$private/state/status"

  # The archives of Debian proper that this host's apt knows, whichever way its sources are written.
  # (One name here is no mirror: each line is "URI suite".)
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' \
    2>/dev/null | sort -u >"$private/host-sources" || :
  releases='sid|unstable|testing|(old)*stable|buster|bullseye|bookworm|trixie|forky|duke'
  archives=$(awk -v r="^($releases)\$" '$3 == "main" && $2 ~ r { print $1 }' "$private/host-sources" | sort -u)
  security=$(awk -v r="^($releases)(-security|/updates)\$" '$3 == "main" && $2 ~ r { print $1 }' \
    "$private/host-sources" | sort -u)
  [ -n "$archives" ] || fail "apt on this host is configured for no Debian archive: $instead"

  keyring=''
  for file in debian-archive-keyring.pgp debian-archive-keyring.gpg; do
    [ -f "/usr/share/keyrings/$file" ] && keyring=/usr/share/keyrings/$file && break
  done

  cat >"$private/apt.conf" <<END
APT::Architecture "arm64";
#clear APT::Architectures;
APT::Architectures { "arm64"; };
Dir::State "$private/state";
Dir::State::status "$private/state/status";
Dir::State::lists "$private/state/lists";
Dir::Cache "$private/cache";
Dir::Cache::archives "$private/cache/archives";
Dir::Etc::SourceList "$private/sources.list";
Dir::Etc::SourceParts "$private/empty";
Dir::Etc::Preferences "$private/empty/none";
Dir::Etc::PreferencesParts "$private/empty";
Acquire::Languages "none";
// Suites that are no longer updated keep a Release file whose date has passed; signatures still count.
Acquire::Check-Valid-Until "false";
Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
#clear DPkg::Post-Invoke;
END
  [ "$(id -u)" != 0 ] || echo 'APT::Sandbox::User "root";' >>"$private/apt.conf"

  say "$suite: asking $(echo $archives $security | wc -w | tr -d ' ') archive(s) of this host's apt for arm64"
  if ! refresh_all; then
    if unverified && fetch_keyring && refresh_all; then :
    else
      grep -E '^(E|W|Err)' "$private/log" | head -n 4 >&2 || :
      fail "apt gives no arm64 packages of $suite (its words: $private/log); correct its sources, or $instead"
    fi
  fi
}

cache() { apt-cache -c "$private/apt.conf" "$@"; }

# Every "version package" of the packages on the command line, newest first.
versions() { cache madison "$@" | awk -F ' *[|] *' '{ sub(/^ */, "", $1); print $2, $1 }' | sort -u | sort -r -V; }

# download ROLE, "version package" lines: gets the newest that the archive really has. An index may name
# what its pool no longer holds, as happens to a suite that is on its way to the archive of old releases.
entries=''
download() {
  role=$1
  [ -n "$2" ] || fail "$suite has no package $role for arm64 in this host's archives; $instead"
  while read -r wanted package; do
    deb=$private/debs/${package}_$(echo "$wanted" | sed 's/:/%3a/g')_arm64.deb
    if [ -f "$deb" ]; then
      say "$package $wanted: cached"
    else
      say "$package $wanted: downloading"
      (cd "$private/debs" \
        && apt-get -q -c "$private/apt.conf" download "$package=$wanted" >"$private/log" 2>&1 </dev/null) || :
    fi
    if [ -f "$deb" ]; then
      entries="$entries    { \"name\": \"$package\", \"version\": \"$wanted\", \"sha256\": \"$(digest "$deb")\" },
"
      for old in "$private"/debs/$3; do [ "$old" = "$deb" ] || rm -f "$old"; done
      return 0
    fi
    say "the index names it but the archive does not give it; trying the next older"
  done <<END
$2
END
  grep -E '^(E|W|Err)' "$private/log" >&2 || :
  fail "no $role could be downloaded (apt's words: $private/log); run again, or $instead"
}
