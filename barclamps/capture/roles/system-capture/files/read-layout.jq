#!/usr/bin/jq -cf
# The layout of the system that was found, as os-install makes one: which volumes there are, of which size, with how much in them, on how many
# disks. $captured_devices (see look-at-disks) goes in; on standard input is nothing that counts. `null` where everything lies on plain partitions,
# for such a system becomes an image of one disk. What cannot be made anew elsewhere is refused, with every reason on a line of its own. MiB.

def mib: . / 1048576 | floor;
def mib_up: . / 1048576 | ceil;

(env.captured_devices | fromjson) as $found
# Each device once, with all that it lies on: an array lies on several.
| (def under($up): .[] | . as $one | { kname, type, size, up: $up }, (.children // [] | under($one.kname)); [$found.devices | under(null)]) as $all
| (reduce $all[] as $one ({}; .[$one.kname] = { type: $one.type, size: ($one.size | tonumber), up: ([.[$one.kname].up // [] | .[]] + [$one.up // empty] | unique) })) as $device
| ($found.volumes | map({ key: "dm-\(.lv_kernel_minor)", value: . }) | from_entries) as $logical
| ($found.groups | map({ key: .vg_name, value: . }) | from_entries) as $group
| ($found.arrays | map({ key: .name, value: . }) | from_entries) as $array

# What a file system lies on, from the top down: a volume of a group, an encrypted device, a mirror, partitions, disks.
| def lies_on:
    { at: . , faults: [] }
    | if $device[.at].type == "lvm" then
        .group = $logical[.at].vg_name
        | .volume_bytes = $device[.at].size
        | (if ($logical[.at].segtype // "linear") != "linear" then .faults += ["the volume \(.group)/\($logical[.at].lv_name) is \($logical[.at].segtype), and only linear ones are made anew"] else . end)
        | (if ($group[.group].pv_count | tonumber) != 1 then .faults += ["the volume group \(.group) lies on \($group[.group].pv_count) devices, and is made anew on one"] else . end)
        | .at = $device[.at].up[0]
      else . end
    | if $device[.at].type == "crypt" then .encrypted = true | .at = $device[.at].up[0] else . end
    | .base = .at
    | .count = 1
    | .partitions = [.at]
    | if $array[.at] then
        .count = $array[.base].disks
        | .partitions = $device[.base].up
        | (if $array[.base].level != "raid1" then .faults += ["the array \(.base) is \($array[.base].level), and only mirrors (raid1) are made anew"] else . end)
      else . end
    | (.partitions - [.partitions[] | select($device[.].type == "part" or $device[.].type == "disk")]) as $odd
    | (if $odd != [] then .faults += ["\($odd | join(", ")) is \($device[$odd[0]].type) under another device, which is not made anew"] else . end)
    | .disks = ([.partitions[] | if $device[.].type == "part" then $device[.].up[0] else . end] | unique);

  [($found.mounts[] | . + { on: (.device | lies_on) }), ($found.swaps[] | { swap: true, on: lies_on })] as $leaves
| if all($leaves[] | select(.folder); .on.group == null and .on.encrypted == null and .on.count == 1) then null else

  [$leaves[] | . as $leaf
    | .on.faults[],
      (select(.folder) | select(.format | test("^(ext4|xfs)$") | not) | "\($leaf.folder) is \($leaf.format), and only ext4 and xfs are made anew"),
      (select(.folder) | select(.folder | test("^/([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?$") | not) | "\($leaf.folder) is no name for the folder of a volume"),
      (select(.on.group) | select(.on.group | test("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,30}$") | not) | "the volume group \($leaf.on.group) has a name that is not made anew")]
    + [$leaves | group_by(.on.disks)[] | select(map(.on.count) | unique | length > 1) | "on \(.[0].on.disks | join(" and ")) some volumes are mirrored and others are not"]
    + [([$leaves[].on.disks] | unique) as $sets | $sets | combinations(2) | select(.[0] < .[1] and ((.[0] - (.[0] - .[1])) != [])) | "volumes lie on \(.[0] | join(" and ")) as well as on \(.[1] | join(" and "))"]
    | unique
  | if . != [] then "this system cannot be captured, for its disks could not be made anew:\n\(map("  - \(.)\n") | join(""))" | halt_error(1) else . end

| def leaf($bytes):
    { size: "was", was: ($bytes | mib) }
    + if .swap then { swap: true }
      # The installation adds its own, and an option is not to come twice.
      else { mount: .folder, format, used: (.used | mib_up), options: ([.options | split(",")[] | select(. != "errors=remount-ro")] | join(",") | if . == "" then "defaults" else . end) } end;
  def volumes:
    [group_by(.on.base)[] | .[0].on as $on
      | (if $on.encrypted then { encrypted: true } else {} end)
        + if $on.group then
            { group: $on.group, size: "was", was: ($device[$on.base].size | mib), volumes: [.[] | leaf(.on.volume_bytes)] }
            | .free = ([($group[$on.group].vg_size | tonumber | mib) - ([.volumes[].was] | add), 0] | max)
          else .[0] | leaf($device[$on.base].size) end]
    | sort_by(.group != null, .mount);
  [$leaves | group_by(.on.disks)[] | { count: .[0].on.count, present: (.[0].on.disks | length), system: any(.[]; .folder == "/" or .folder == "/boot"), volumes: volumes }]
  | sort_by(.system | not)
  | map({ disks: { count }, volumes })
  end
