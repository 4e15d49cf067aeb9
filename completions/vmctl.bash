# bash completion for vmctl, made by: vmctl completion bash
declare -gA _vmctl_asked
_vmctl_live() {
    local kind=$1 who cache now name quoted made=
    who=${VMCTL_ENDPOINT-}-${VMCTL_USERNAME-}-${VMCTL_PROJECT-}
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/vmctl/${who//[^a-zA-Z0-9]/_}/$kind
    printf -v now '%(%s)T' -1
    if [[ -r $cache ]]; then
        {
            read -r made
            while IFS= read -r name; do
                [[ $name == "$current"* ]] || continue
                printf -v quoted %q "$name"
                COMPREPLY+=("$quoted")
            done
        } <"$cache"
    fi
    [[ $made =~ ^[0-9]+$ ]] && ((now - made < 30)) && return
    ((now - ${_vmctl_asked[$kind]:-0} < 5)) && return
    _vmctl_asked[$kind]=$now
    (vmctl bash-completion --refresh "$kind" </dev/null &>/dev/null &)
}
_vmctl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command= words= kinds= kind= word position given=0
    for ((position = 1; position < COMP_CWORD; position++)); do
        word=${COMP_WORDS[position]}
        case $word in
            --all-tenants|--allocation-pool|--allowed-address-pair|--availability-zone|--binary|--block-device|--boot-volume|--ca-file|--changes-before|--changes-since|--column|--config-dir|--config-drive|--console-type|--cores|--cpu-allocation-ratio|--description|--direction|--disk-allocation-ratio|--disk-format|--dns-nameserver|--dst-port|--email|--end|--endpoint|--ephemeral|--ethertype|--external-gateway|--extra-opts|--fields|--file|--fixed-address|--fixed-ip|--flavor|--floating-ip-address|--format|--gateway|--hint|--host|--hostname|--hypervisor-hostname|--icmp-code|--icmp-type|--idempotency-key|--identity|--image|--image-id|--image-with|--instances|--ip|--ip6|--is-public|--key-name|--key-pairs|--key-type|--length|--limit|--locked|--login|--mac-address|--marker|--matching|--max-count|--meta|--metadata|--metadata-items|--min-count|--min-disk|--min-ram|--mtu|--name|--net-id|--network|--nic|--not-tags|--not-tags-any|--offset|--password|--physical|--port|--port-id|--port-range-max|--port-range-min|--power-state|--project|--property|--protocol|--pub-key|--ram|--ram-allocation-ratio|--reason|--remote-group|--remote-group-id|--remote-ip|--remote-ip-prefix|--remove-property|--reservation-id|--rule|--security-group|--security-group-rules|--security-groups|--server|--server-group-members|--server-groups|--snapshot|--snapshot-id|--sort|--sort-dir|--sort-key|--source|--source-volid|--start|--state|--status|--swap|--tags|--tags-any|--task-state|--tenant|--timeout|--type|--user|--user-data|--username|--visibility|--vm-state|--volume|--volume-id|--volume-type|--wait-for|--watch|-c|-f|-i) ((position++)) ;;
            -*) ;;
            *) if [[ -z $command ]]; then command=$word; else ((given++)); fi ;;
        esac
    done
    COMPREPLY=()
    case $previous in
        -f|--format)
            words='table json yaml csv value'
            COMPREPLY=($(compgen -W "$words" -- "$current"))
            return ;;
        --flavor)
            _vmctl_live flavors
            return ;;
        --image|--image-id)
            _vmctl_live images
            return ;;
        --idempotency-key|--key-name|--remove-property|--sort-key)
            _vmctl_live keypairs
            return ;;
        --external-gateway|--net-id|--network)
            _vmctl_live networks
            return ;;
        --project|--tenant)
            _vmctl_live projects
            return ;;
        --server)
            _vmctl_live servers
            return ;;
        --login|--user|--username)
            _vmctl_live users
            return ;;
        --boot-volume|--source|--source-volid|--volume|--volume-id)
            _vmctl_live volumes
            return ;;
        --ca-file|--config-dir|--file|--identity|--pub-key|--user-data|-i)
            COMPREPLY=($(compgen -f -- "$current"))
            return ;;
    esac
    case $command in
        '') words='login logout whoami token-issue boot list show update meta server-tag-list server-tag-add server-tag-set server-tag-delete server-tag-delete-all start stop reboot pause unpause suspend resume rescue unrescue resize resize-confirm resize-revert rebuild shelve shelve-offload unshelve lock unlock reset-state delete force-delete trash-list restore ssh console tunnel get-vnc-console get-serial-console console-log trace explain instance-action-list instance-action diagnostics image-list image-show image-set image-delete image-create backup image-upload image-download flavor-list flavor-show flavor-create flavor-delete flavor-update flavor-key flavor-access-list flavor-access-add flavor-access-remove keypair-add keypair-list keypair-show keypair-delete network-list network-show network-create network-delete subnet-list subnet-show subnet-create subnet-delete port-list port-show port-create port-delete port-update secgroup-list secgroup-show secgroup-create secgroup-update secgroup-delete list-secgroup add-secgroup remove-secgroup secgroup-rule-list secgroup-rule-show secgroup-rule-create secgroup-rule-delete router-list router-show router-create router-delete router-set router-unset router-add-subnet router-remove-subnet floating-ip-list floating-ip-show floating-ip-create floating-ip-delete floating-ip-associate floating-ip-disassociate network-topology interface-list interface-attach interface-detach volume-list volume-show volume-create volume-delete volume-extend volume-set volume-reset-state volume-attach volume-detach volume-attachments volume-snapshot-list volume-snapshot-show volume-snapshot-create volume-snapshot-delete volume-type-list volume-type-show volume-type-create volume-type-delete user-list user-show user-create user-set user-delete project-list project-show project-create project-set project-delete role-list role-add role-remove role-assignment-list quota-show quota-defaults quota-update quota-delete quota-class-show quota-class-update limits usage usage-list server-group-create server-group-list server-group-get server-group-delete availability-zone-list aggregate-create aggregate-list aggregate-show aggregate-update aggregate-add-host aggregate-remove-host aggregate-set-metadata aggregate-delete hypervisor-list hypervisor-show hypervisor-servers hypervisor-stats hypervisor-uptime hypervisor-set service-list service-enable service-disable service-force-down service-delete audit doctor dead-letters dead-letters-replay dead-letters-delete errors help completion bash-completion' ;;
        login) words='--password-stdin' ;;
        logout) words='' ;;
        whoami) words='' ;;
        token-issue) words='' ;;
        boot) words='--flavor --image --image-with --boot-volume --snapshot --block-device --nic --min-count --max-count --meta --key-name --user-data --availability-zone --hint --host --hypervisor-hostname --config-drive --description --tags --security-groups --hostname --poll --wait --wait-for --trace --return-reservation-id --idempotency-key --dry-run' ;;
        list) words='--all-tenants --tenant --user --status --name --ip --ip6 --flavor --image --host --availability-zone --key-name --vm-state --task-state --power-state --config-drive --no-config-drive --locked --changes-since --changes-before --tags --tags-any --not-tags --not-tags-any --deleted --reservation-id --marker --limit --watch --sort --fields --minimal' ;;
        show) words='--minimal' kinds='servers' ;;
        update) words='--name --description --hostname' kinds='servers' ;;
        meta) words='set delete' kinds='servers - -' ;;
        server-tag-list) words='--sort --fields --minimal --marker --limit' kinds='servers' ;;
        server-tag-add) words='' kinds='servers -' ;;
        server-tag-set) words='' kinds='servers -' ;;
        server-tag-delete) words='' kinds='servers -' ;;
        server-tag-delete-all) words='' kinds='servers' ;;
        start) words='--all-tenants --poll --wait' kinds='servers' ;;
        stop) words='--all-tenants --poll --wait' kinds='servers' ;;
        reboot) words='--hard --poll --wait' kinds='servers' ;;
        pause) words='--poll --wait' kinds='servers' ;;
        unpause) words='--poll --wait' kinds='servers' ;;
        suspend) words='--poll --wait' kinds='servers' ;;
        resume) words='--poll --wait' kinds='servers' ;;
        rescue) words='--image --poll --wait' kinds='servers' ;;
        unrescue) words='--poll --wait' kinds='servers' ;;
        resize) words='--poll --wait' kinds='servers flavors' ;;
        resize-confirm) words='--poll --wait' kinds='servers' ;;
        resize-revert) words='--poll --wait' kinds='servers' ;;
        rebuild) words='--name --description --hostname --meta --poll --wait' kinds='servers images' ;;
        shelve) words='--poll --wait' kinds='servers' ;;
        shelve-offload) words='--poll --wait' kinds='servers' ;;
        unshelve) words='--availability-zone --poll --wait' kinds='servers' ;;
        lock) words='--reason' kinds='servers' ;;
        unlock) words='' kinds='servers' ;;
        reset-state) words='--all-tenants --active' kinds='servers' ;;
        delete) words='--all-tenants --now --wait --poll' kinds='servers' ;;
        force-delete) words='' kinds='servers' ;;
        trash-list) words='--all-tenants --sort --fields --minimal --marker --limit' ;;
        restore) words='--poll --wait' kinds='servers' ;;
        ssh) words='--login -i --identity --port --extra-opts' kinds='servers -' ;;
        console) words='' kinds='servers' ;;
        tunnel) words='' kinds='servers -' ;;
        get-vnc-console) words='novnc' kinds='servers -' ;;
        get-serial-console) words='--console-type' kinds='servers' ;;
        console-log) words='--length' kinds='servers' ;;
        trace) words='' kinds='servers' ;;
        explain) words='' kinds='servers' ;;
        instance-action-list) words='--changes-since --changes-before --sort --fields --minimal --marker --limit' kinds='servers' ;;
        instance-action) words='' kinds='servers -' ;;
        diagnostics) words='' kinds='servers' ;;
        image-list) words='--name --marker --limit --sort --fields --minimal' ;;
        image-show) words='' kinds='images' ;;
        image-set) words='--name --min-disk --min-ram --public --private --visibility --protected --unprotected --property --remove-property' kinds='images' ;;
        image-delete) words='' kinds='images' ;;
        image-create) words='--metadata --show --poll --wait' kinds='servers -' ;;
        backup) words='--poll --wait' kinds='servers - - -' ;;
        image-upload) words='--file --disk-format --min-disk --min-ram --visibility --public --protected --property --progress' ;;
        image-download) words='--file --progress' kinds='images' ;;
        flavor-list) words='--extra-specs --all --min-ram --min-disk --marker --limit --sort-key --sort-dir --sort --fields --minimal' ;;
        flavor-show) words='' kinds='flavors' ;;
        flavor-create) words='--ephemeral --swap --is-public --description' ;;
        flavor-delete) words='' kinds='flavors' ;;
        flavor-update) words='' kinds='flavors -' ;;
        flavor-key) words='set unset' kinds='flavors - -' ;;
        flavor-access-list) words='--flavor --sort --fields --minimal --marker --limit' ;;
        flavor-access-add) words='' kinds='flavors projects' ;;
        flavor-access-remove) words='' kinds='flavors projects' ;;
        keypair-add) words='--pub-key --key-type --user' ;;
        keypair-list) words='--marker --limit --user --sort --fields --minimal' ;;
        keypair-show) words='--user' kinds='keypairs' ;;
        keypair-delete) words='--user' kinds='keypairs' ;;
        network-list) words='--all-tenants --sort --fields --minimal --marker --limit' ;;
        network-show) words='' kinds='networks' ;;
        network-create) words='--shared --mtu --external --physical' ;;
        network-delete) words='' kinds='networks' ;;
        subnet-list) words='--network --all-tenants --sort --fields --minimal --marker --limit' ;;
        subnet-show) words='' kinds='subnets' ;;
        subnet-create) words='--name --gateway --no-gateway --dns-nameserver --allocation-pool' kinds='networks -' ;;
        subnet-delete) words='' kinds='subnets' ;;
        port-list) words='--network --server --all-tenants --sort --fields --minimal --marker --limit' ;;
        port-show) words='' ;;
        port-create) words='--name --fixed-ip --mac-address --security-group --no-security-groups --enable-port-security --disable-port-security --allowed-address-pair' kinds='networks' ;;
        port-delete) words='' ;;
        port-update) words='--security-group --no-security-groups --enable-port-security --disable-port-security --allowed-address-pair --no-allowed-address-pairs' ;;
        secgroup-list) words='--all-tenants --sort --fields --minimal --marker --limit' ;;
        secgroup-show) words='' ;;
        secgroup-create) words='--description' ;;
        secgroup-update) words='--name --description' ;;
        secgroup-delete) words='' ;;
        list-secgroup) words='' kinds='servers' ;;
        add-secgroup) words='' kinds='servers -' ;;
        remove-secgroup) words='' kinds='servers -' ;;
        secgroup-rule-list) words='--sort --fields --minimal --marker --limit' ;;
        secgroup-rule-show) words='' ;;
        secgroup-rule-create) words='--ingress --egress --direction --ethertype --protocol --dst-port --port-range-min --port-range-max --icmp-type --icmp-code --remote-ip --remote-ip-prefix --remote-group --remote-group-id --description' ;;
        secgroup-rule-delete) words='' ;;
        router-list) words='--all-tenants --sort --fields --minimal --marker --limit' ;;
        router-show) words='' ;;
        router-create) words='--external-gateway --disable-snat' ;;
        router-delete) words='' ;;
        router-set) words='--external-gateway --fixed-ip --enable-snat --disable-snat' ;;
        router-unset) words='--external-gateway' ;;
        router-add-subnet) words='' kinds='- subnets' ;;
        router-remove-subnet) words='' kinds='- subnets' ;;
        floating-ip-list) words='--all-tenants --sort --fields --minimal --marker --limit' ;;
        floating-ip-show) words='' ;;
        floating-ip-create) words='--floating-ip-address --port' kinds='networks' ;;
        floating-ip-delete) words='' ;;
        floating-ip-associate) words='--fixed-address' kinds='servers -' ;;
        floating-ip-disassociate) words='' kinds='servers -' ;;
        network-topology) words='-f --format' ;;
        interface-list) words='--sort --fields --minimal --marker --limit' kinds='servers' ;;
        interface-attach) words='--poll --wait --port-id --net-id --fixed-ip' kinds='servers' ;;
        interface-detach) words='--poll --wait' kinds='servers -' ;;
        volume-list) words='--all-tenants --sort --fields --minimal --marker --limit' ;;
        volume-show) words='' kinds='volumes' ;;
        volume-create) words='--name --description --image --image-id --snapshot --snapshot-id --source --source-volid --volume-type --type' ;;
        volume-delete) words='' kinds='volumes' ;;
        volume-extend) words='--poll --wait' kinds='volumes -' ;;
        volume-set) words='--name --description --bootable --non-bootable --read-only --read-write' kinds='volumes' ;;
        volume-reset-state) words='--state' kinds='volumes' ;;
        volume-attach) words='--poll --wait --delete-on-termination' kinds='servers volumes -' ;;
        volume-detach) words='--poll --wait --force' kinds='servers volumes' ;;
        volume-attachments) words='' kinds='servers' ;;
        volume-snapshot-list) words='--volume --volume-id --all-tenants --sort --fields --minimal --marker --limit' ;;
        volume-snapshot-show) words='' ;;
        volume-snapshot-create) words='--name --description' kinds='volumes' ;;
        volume-snapshot-delete) words='' ;;
        volume-type-list) words='--sort --fields --minimal --marker --limit' ;;
        volume-type-show) words='' ;;
        volume-type-create) words='--description' ;;
        volume-type-delete) words='' ;;
        user-list) words='--sort --fields --minimal --marker --limit' ;;
        user-show) words='' kinds='users' ;;
        user-create) words='--password --password-stdin --email --project' ;;
        user-set) words='--name --email --project --enable --disable --password --password-stdin --password-prompt' kinds='users' ;;
        user-delete) words='' kinds='users' ;;
        project-list) words='--sort --fields --minimal --marker --limit' ;;
        project-show) words='' kinds='projects' ;;
        project-create) words='--description' ;;
        project-set) words='--name --description --enable --disable' kinds='projects' ;;
        project-delete) words='' kinds='projects' ;;
        role-list) words='--sort --fields --minimal --marker --limit' ;;
        role-add) words='--user --project' ;;
        role-remove) words='--user --project' ;;
        role-assignment-list) words='--user --project --sort --fields --minimal --marker --limit' ;;
        quota-show) words='--tenant --detail' ;;
        quota-defaults) words='--tenant' ;;
        quota-update) words='--instances --cores --ram --metadata-items --key-pairs --security-groups --security-group-rules --server-groups --server-group-members --force' kinds='projects' ;;
        quota-delete) words='--tenant' ;;
        quota-class-show) words='' ;;
        quota-class-update) words='--instances --cores --ram --metadata-items --key-pairs --security-groups --security-group-rules --server-groups --server-group-members' ;;
        limits) words='--tenant --reserved' ;;
        usage) words='--start --end --tenant' ;;
        usage-list) words='--start --end --sort --fields --minimal --marker --limit' ;;
        server-group-create) words='--rule' ;;
        server-group-list) words='--limit --offset --all-projects --sort --fields --minimal --marker' ;;
        server-group-get) words='' ;;
        server-group-delete) words='' ;;
        availability-zone-list) words='--sort --fields --minimal --marker --limit' ;;
        aggregate-create) words='' ;;
        aggregate-list) words='--sort --fields --minimal --marker --limit' ;;
        aggregate-show) words='' ;;
        aggregate-update) words='--name --availability-zone' ;;
        aggregate-add-host) words='' ;;
        aggregate-remove-host) words='' ;;
        aggregate-set-metadata) words='' ;;
        aggregate-delete) words='' ;;
        hypervisor-list) words='--matching --marker --limit --sort --fields --minimal' ;;
        hypervisor-show) words='' ;;
        hypervisor-servers) words='' ;;
        hypervisor-stats) words='' ;;
        hypervisor-uptime) words='' ;;
        hypervisor-set) words='--cpu-allocation-ratio --ram-allocation-ratio --disk-allocation-ratio' ;;
        service-list) words='--host --binary --sort --fields --minimal --marker --limit' ;;
        service-enable) words='' ;;
        service-disable) words='--reason' ;;
        service-force-down) words='--unset' ;;
        service-delete) words='' ;;
        audit) words='--repair --deep' ;;
        doctor) words='' ;;
        dead-letters) words='' ;;
        dead-letters-replay) words='--all' ;;
        dead-letters-delete) words='' ;;
        errors) words='' ;;
        help) words='login logout whoami token-issue boot list show update meta server-tag-list server-tag-add server-tag-set server-tag-delete server-tag-delete-all start stop reboot pause unpause suspend resume rescue unrescue resize resize-confirm resize-revert rebuild shelve shelve-offload unshelve lock unlock reset-state delete force-delete trash-list restore ssh console tunnel get-vnc-console get-serial-console console-log trace explain instance-action-list instance-action diagnostics image-list image-show image-set image-delete image-create backup image-upload image-download flavor-list flavor-show flavor-create flavor-delete flavor-update flavor-key flavor-access-list flavor-access-add flavor-access-remove keypair-add keypair-list keypair-show keypair-delete network-list network-show network-create network-delete subnet-list subnet-show subnet-create subnet-delete port-list port-show port-create port-delete port-update secgroup-list secgroup-show secgroup-create secgroup-update secgroup-delete list-secgroup add-secgroup remove-secgroup secgroup-rule-list secgroup-rule-show secgroup-rule-create secgroup-rule-delete router-list router-show router-create router-delete router-set router-unset router-add-subnet router-remove-subnet floating-ip-list floating-ip-show floating-ip-create floating-ip-delete floating-ip-associate floating-ip-disassociate network-topology interface-list interface-attach interface-detach volume-list volume-show volume-create volume-delete volume-extend volume-set volume-reset-state volume-attach volume-detach volume-attachments volume-snapshot-list volume-snapshot-show volume-snapshot-create volume-snapshot-delete volume-type-list volume-type-show volume-type-create volume-type-delete user-list user-show user-create user-set user-delete project-list project-show project-create project-set project-delete role-list role-add role-remove role-assignment-list quota-show quota-defaults quota-update quota-delete quota-class-show quota-class-update limits usage usage-list server-group-create server-group-list server-group-get server-group-delete availability-zone-list aggregate-create aggregate-list aggregate-show aggregate-update aggregate-add-host aggregate-remove-host aggregate-set-metadata aggregate-delete hypervisor-list hypervisor-show hypervisor-servers hypervisor-stats hypervisor-uptime hypervisor-set service-list service-enable service-disable service-force-down service-delete audit doctor dead-letters dead-letters-replay dead-letters-delete errors help completion bash-completion' ;;
        completion) words='bash zsh fish' ;;
        bash-completion) words='' ;;
    esac
    [[ $current == -* ]] && words+=' -f --format -c --column --quiet --timeout --endpoint --ca-file --config-dir --username --project --require-keyring --debug --version -h --help'
    if [[ $current != -* && -n $kinds ]]; then
        kinds=($kinds)
        kind=${kinds[given < ${#kinds[@]} ? given : ${#kinds[@]} - 1]}
        [[ $kind == - ]] || { _vmctl_live "$kind"; return; }
    fi
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _vmctl vmctl
