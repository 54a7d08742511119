#!/bin/sh
# Joins, verifies and unpacks the bundle that lies beside this file, once, and runs a command of it:
#   sh run.sh [check]      adapter, throughput and loss of the reference network, as JSON lines
#   sh run.sh speed        the speed suite, beside PyTorch where python3 has it
#   sh run.sh train        a network from nothing, on LFW View 1 where the bundle has LFW
#   sh run.sh ft ...       any command of ft, and `ft-bench ...` likewise
# More options go to the command. It needs a POSIX shell, tar with gzip, and sha256sum. FT_BUNDLE_HOME says where
# to unpack; by default beside this file.
set -eu

case $0 in
  */*) here=$(cd "${0%/*}" && pwd) ;;
  *) here=$(pwd) ;;
esac
home=${FT_BUNDLE_HOME:-$here/unpacked}

fail() {
  echo "run.sh: $*" >&2
  exit 2
}

unpack() {
  missing=
  damaged=
  parts=
  while read -r sum name; do
    parts="$parts $name"
    if [ ! -f "$here/$name" ]; then
      missing="$missing $name"
    elif [ "$(sha256sum <"$here/$name")" != "$sum  -" ]; then
      damaged="$damaged $name"
    fi
  done <"$here/SHA256SUMS"
  [ -z "$missing$damaged" ] ||
    fail "${missing:+missing:$missing. }${damaged:+damaged:$damaged. }Copy these files to $here and run it again."
  rm -rf "$home.partial"
  mkdir -p "$home.partial"
  (cd "$here" && cat $parts) | tar -xzf - -C "$home.partial" ||
    fail "the bundle cannot be unpacked into $home.partial. Is there 1 GB of space? FT_BUNDLE_HOME names another place."
  cp "$here/SHA256SUMS" "$home.partial"
  rm -rf "$home"
  mv "$home.partial" "$home"
}

[ -f "$here/SHA256SUMS" ] || fail "$here has no SHA256SUMS. Copy it there, with the parts of the bundle."
if [ ! -f "$home/SHA256SUMS" ] || [ "$(cat "$here/SHA256SUMS")" != "$(cat "$home/SHA256SUMS")" ]; then
  unpack
fi

# The host's own libraries come first.
folders="/usr/lib/x86_64-linux-gnu /lib/x86_64-linux-gnu /usr/lib64 /lib64 /usr/lib /usr/local/lib /usr/local/nvidia/lib64"
find_library() {
  for folder in $folders; do
    if [ -e "$folder/$1" ]; then
      found=$folder/$1
      return 0
    fi
  done
  return 1
}
path=${LD_LIBRARY_PATH:-}
[ ! -d /usr/local/nvidia/lib64 ] || path=${path:+$path:}/usr/local/nvidia/lib64
for library in libvulkan.so.1 libstdc++.so.6 libgcc_s.so.1; do
  find_library $library || path=${path:+$path:}$home/lib/$library
done
export LD_LIBRARY_PATH="$path"

# Where the Vulkan loader does not look for NVIDIA's driver, it is told.
if [ -z "${VK_ICD_FILENAMES:-}${VK_DRIVER_FILES:-}" ]; then
  known=
  for file in /etc/vulkan/icd.d/nvidia*.json /usr/share/vulkan/icd.d/nvidia*.json; do
    [ ! -f "$file" ] || known=$file
  done
  for file in /usr/local/nvidia/share/vulkan/icd.d/nvidia*.json; do
    [ -n "$known" ] || [ ! -f "$file" ] || known=$file
  done
  if [ -z "$known" ] && { find_library libGLX_nvidia.so.0 || find_library libEGL_nvidia.so.0; }; then
    known=$home/nvidia_icd.json
    echo "{\"file_format_version\":\"1.0.0\",\"ICD\":{\"library_path\":\"$found\",\"api_version\":\"1.3.0\"}}" >"$known"
  fi
  [ -z "$known" ] || export VK_ICD_FILENAMES="$known"
fi

export FT_CACHE_DIR="$home/cache"
engine=webgpu
for directory in "$home"/cache/engine/tensorflow-gpu-*; do
  [ ! -d "$directory" ] || engine=tensorflow-gpu
done

command=${1:-check}
[ $# -eq 0 ] || shift
ft() { exec "$home/node" "$home/apps/trainer/bin/ft.js" "$@"; }
bench() { exec "$home/node" "$home/apps/bench/bin/ft-bench.js" "$@"; }
case $command in
  check) bench steps --engine $engine "$@" ;;
  speed) bench speed --engine $engine "$@" ;;
  train)
    if [ -d "$home/lfw" ]; then
      set -- --data "lfw:$home/lfw" --recipe lfw-scratch --protocol lfw-view1 "$@"
    else
      set -- --data synthetic "$@"
    fi
    ft train --engine $engine --json "$@"
    ;;
  ft) ft "$@" ;;
  ft-bench) bench "$@" ;;
  *) fail "there is no command $command. There are check, speed, train, ft and ft-bench." ;;
esac
