#!/bin/bash
# Boots a throw-away machine: systemd as PID 1 over an overlay of this machine's own root.
# It runs as PID 1 of a PID namespace with mount and network namespaces of its own, so
# that nothing outlives it: when it dies, the kernel kills what it started, and the
# mounts and the network go with their namespaces. Only the control groups have to be
# removed by whoever started it.
#
#   boot.sh FOLDER SEED NAME   FOLDER: an empty folder to mount on; SEED: a tree that is
#                              laid over the root; NAME: the machine's and the groups'
set -eu
folder=$1 seed=$2 name=$3

ip link set lo up
mount -t tmpfs -o mode=755 tmpfs "$folder"
mkdir "$folder"/{upper,work,root,run}
mount -t overlay -o "lowerdir=/,upperdir=$folder/upper,workdir=$folder/work" overlay "$folder/root"
root=$folder/root

# Only what the distribution itself starts: the local machine's web server, data base
# and cron jobs would make a boot slow, and a test depend on them.
rm -rf "$root"/etc/systemd/system/*.wants "$root"/etc/systemd/system/*.requires
rm -f "$root"/etc/cron.d/* "$root"/var/spool/cron/crontabs/* "$root"/etc/crontab
ln -sf /lib/systemd/system/multi-user.target "$root/etc/systemd/system/default.target"
# A journal that survives a reboot.
rm -rf "$root/var/log/journal" && mkdir -p "$root/var/log/journal"
cp -a "$seed/." "$root/"
# The copy takes the seed's own mode, too, and below a root of 0700 nobody is notified.
chmod 755 "$root"

# nspawn keeps its own state in /run, which must not be the machine's that runs it.
mount --bind "$folder/run" /run

# Control groups of its own, one in each hierarchy of v1, or a single one of v2.
join() {
    mkdir -p "$1/$name"
    if [ -e "$1/cpuset.cpus" ] && [ ! -e "$1/cgroup.controllers" ]; then
        cat "$1/cpuset.cpus" > "$1/$name/cpuset.cpus"
        cat "$1/cpuset.mems" > "$1/$name/cpuset.mems"
    fi
    echo 0 > "$1/$name/cgroup.procs"
}
if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
    join /sys/fs/cgroup
else
    for hierarchy in /sys/fs/cgroup/*/; do
        [ -e "$hierarchy/cgroup.procs" ] && join "${hierarchy%/}"
    done
fi

# --keep-unit and --register=no: there is no system bus here that nspawn could ask for a
# scope. With them nspawn leaves with 133 when the machine asks for a reboot.
while :; do
    status=0
    systemd-nspawn --directory="$root" --machine="$name" --register=no --keep-unit \
        --link-journal=no --resolv-conf=off --timezone=off --console=read-only \
        --capability=CAP_NET_ADMIN,CAP_BPF,CAP_PERFMON --system-call-filter=bpf \
        --boot </dev/null || status=$?
    [ "$status" = 133 ] || exit "$status"
done
