#!/bin/sh
# Runs spectrahedron out of this folder, without network and without an installed Node. See README.txt.
set -eu

here=$(cd "$(dirname "$0")" && pwd)

if [ $# -eq 0 ] || [ "$1" = help ]; then
  cat <<USAGE
./run.sh devices [--json] [--probe]           adapters of this machine
./run.sh bench gpu [--quick] [--out FILE]     benchmark; also --adapter, --sizes, --only
./run.sh solve FILE [OPTIONS]                 solve a problem (solve --help for the options)
./run.sh torch                                the same measurements with PyTorch, if there is one
USAGE
  exit 0
fi

if [ "$1" = torch ]; then
  shift
  exec python3 "$here/torch-compare.py" "$@"
fi

if [ "$(uname -s)-$(uname -m)" != Linux-x86_64 ]; then
  echo "run.sh: this folder is for x86-64 Linux, not $(uname -s) $(uname -m)" >&2
  exit 1
fi

# The first run unpacks, beside this script or, where that may not be written, in the user's cache.
id=$(cat "$here/id")
if [ -n "${SPECTRAHEDRON_UNPACK_DIR:-}" ]; then
  base=$SPECTRAHEDRON_UNPACK_DIR
elif [ -w "$here" ]; then
  base=$here
else
  base=${XDG_CACHE_HOME:-${HOME:-/tmp}/.cache}/spectrahedron
fi
root=$base/unpacked-$id
if [ ! -d "$root" ]; then
  partial=$root.partial.$$
  mkdir -p "$partial"
  trap 'rm -rf "$partial"' EXIT
  tar -xzf "$here/payload.tar.gz" -C "$partial"
  # The folder appears only when complete; another process may have been faster.
  mv -T "$partial" "$root" 2>/dev/null || [ -d "$root" ]
  rm -rf "$partial"
  trap - EXIT
fi

# The Vulkan loader: the system's, else the one in this folder.
has_loader() {
  PATH=$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null | grep -q 'libvulkan\.so\.1' && return 0
  for folder in /usr/lib/x86_64-linux-gnu /usr/lib64 /usr/lib /usr/local/lib; do
    [ -e "$folder/libvulkan.so.1" ] && return 0
  done
  return 1
}
if ! has_loader; then
  LD_LIBRARY_PATH=${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$root/lib
  export LD_LIBRARY_PATH
fi

# The driver: what VK_DRIVER_FILES names, what the system lists, else NVIDIA's in containers.
has_driver() {
  [ -n "${VK_DRIVER_FILES:-}${VK_ICD_FILENAMES:-}" ] && return 0
  for folder in /etc/vulkan /usr/share/vulkan /usr/local/share/vulkan /usr/local/etc/vulkan \
    "${XDG_DATA_HOME:-${HOME:-}/.local/share}/vulkan"; do
    for file in "$folder"/icd.d/*.json; do
      [ -e "$file" ] && return 0
    done
  done
  return 1
}
nvidia=/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json
if ! has_driver && [ -e "$nvidia" ]; then
  VK_DRIVER_FILES=$nvidia
  export VK_DRIVER_FILES
fi

program=spectrahedron
if [ "$1" = bench ]; then
  program=bench
  shift
fi
exec "$root/node" "$root/$program.mjs" "$@"
