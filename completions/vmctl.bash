# bash completion for vmctl, made by: vmctl completion bash
_vmctl() {
    local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD-1]}
    local command= words= word position
    for ((position = 1; position < COMP_CWORD; position++)); do
        word=${COMP_WORDS[position]}
        case $word in
            -f|--format|-c|--column|--timeout|--endpoint|--ca-file|--config-dir|--username|--project) ((position++)) ;;
            -*) ;;
            *) command=$word; break ;;
        esac
    done
    case $previous in
        -f|--format)
            words='table json yaml csv value'
            COMPREPLY=($(compgen -W "$words" -- "$current"))
            return ;;
        --ca-file|--config-dir|--file|--identity|--pub-key|--user-data|-i)
            COMPREPLY=($(compgen -f -- "$current"))
            return ;;
    esac
    case $command in
        '') words='login logout whoami token-issue boot list show update meta server-tag-list server-tag-add server-tag-set server-tag-delete server-tag-delete-all start stop reboot pause unpause suspend resume lock unlock reset-state delete ssh console tunnel console-log trace explain instance-action-list instance-action image-list image-show image-set image-delete image-create image-upload image-download flavor-list flavor-show flavor-create flavor-delete flavor-update flavor-key flavor-access-list flavor-access-add flavor-access-remove keypair-add keypair-list keypair-show keypair-delete network-list network-show network-create network-delete subnet-list subnet-show subnet-create subnet-delete port-list port-show port-create port-delete volume-list volume-show volume-create volume-delete user-list user-show user-create user-set user-delete project-list project-show project-create project-set project-delete role-list role-add role-remove role-assignment-list quota-show quota-defaults quota-update quota-delete quota-class-show quota-class-update limits usage usage-list server-group-create server-group-list server-group-get server-group-delete availability-zone-list aggregate-create aggregate-list aggregate-show aggregate-update aggregate-add-host aggregate-remove-host aggregate-set-metadata aggregate-delete hypervisor-list hypervisor-show hypervisor-servers hypervisor-stats hypervisor-uptime hypervisor-set service-list service-enable service-disable service-force-down service-delete audit doctor dead-letters dead-letters-replay dead-letters-delete errors help completion bash-completion' ;;
        login) words='--password-stdin' ;;
        logout) words='' ;;
        whoami) words='' ;;
        token-issue) words='' ;;
        boot) words='--flavor --image --image-with --boot-volume --block-device --nic --min-count --max-count --meta --key-name --user-data --availability-zone --hint --host --hypervisor-hostname --config-drive --description --tags --hostname --poll --wait --trace --return-reservation-id --idempotency-key --dry-run' ;;
        list) words='--all-tenants --tenant --user --status --name --ip --ip6 --flavor --image --host --availability-zone --key-name --vm-state --task-state --power-state --config-drive --no-config-drive --locked --changes-since --changes-before --tags --tags-any --not-tags --not-tags-any --deleted --reservation-id --marker --limit --watch --sort --fields --minimal' ;;
        show) words='--minimal' ;;
        update) words='--name --description --hostname' ;;
        meta) words='set delete' ;;
        server-tag-list) words='--sort --fields --minimal --marker --limit' ;;
        server-tag-add) words='' ;;
        server-tag-set) words='' ;;
        server-tag-delete) words='' ;;
        server-tag-delete-all) words='' ;;
        start) words='--all-tenants --poll --wait' ;;
        stop) words='--all-tenants --poll --wait' ;;
        reboot) words='--hard --poll --wait' ;;
        pause) words='--poll --wait' ;;
        unpause) words='--poll --wait' ;;
        suspend) words='--poll --wait' ;;
        resume) words='--poll --wait' ;;
        lock) words='--reason' ;;
        unlock) words='' ;;
        reset-state) words='--all-tenants --active' ;;
        delete) words='--all-tenants --wait --poll' ;;
        ssh) words='--login -i --identity --port --extra-opts' ;;
        console) words='' ;;
        tunnel) words='' ;;
        console-log) words='--length' ;;
        trace) words='' ;;
        explain) words='' ;;
        instance-action-list) words='--changes-since --changes-before --sort --fields --minimal --marker --limit' ;;
        instance-action) words='' ;;
        image-list) words='--name --marker --limit --sort --fields --minimal' ;;
        image-show) words='' ;;
        image-set) words='--name --min-disk --min-ram --public --private --visibility --protected --unprotected --property --remove-property' ;;
        image-delete) words='' ;;
        image-create) words='--metadata --show --poll' ;;
        image-upload) words='--file --disk-format --min-disk --min-ram --visibility --public --protected --property --progress' ;;
        image-download) words='--file --progress' ;;
        flavor-list) words='--extra-specs --all --min-ram --min-disk --marker --limit --sort-key --sort-dir --sort --fields --minimal' ;;
        flavor-show) words='' ;;
        flavor-create) words='--ephemeral --swap --is-public --description' ;;
        flavor-delete) words='' ;;
        flavor-update) words='' ;;
        flavor-key) words='set unset' ;;
        flavor-access-list) words='--flavor --sort --fields --minimal --marker --limit' ;;
        flavor-access-add) words='' ;;
        flavor-access-remove) words='' ;;
        keypair-add) words='--pub-key --key-type --user' ;;
        keypair-list) words='--marker --limit --user --sort --fields --minimal' ;;
        keypair-show) words='--user' ;;
        keypair-delete) words='--user' ;;
        network-list) words='--all-tenants --sort --fields --minimal --marker --limit' ;;
        network-show) words='' ;;
        network-create) words='--shared --mtu' ;;
        network-delete) words='' ;;
        subnet-list) words='--network --all-tenants --sort --fields --minimal --marker --limit' ;;
        subnet-show) words='' ;;
        subnet-create) words='--name --gateway --no-gateway --dns-nameserver --allocation-pool' ;;
        subnet-delete) words='' ;;
        port-list) words='--network --server --all-tenants --sort --fields --minimal --marker --limit' ;;
        port-show) words='' ;;
        port-create) words='--name --fixed-ip --mac-address' ;;
        port-delete) words='' ;;
        volume-list) words='--all-tenants --sort --fields --minimal --marker --limit' ;;
        volume-show) words='' ;;
        volume-create) words='--name --image --image-id' ;;
        volume-delete) words='' ;;
        user-list) words='--sort --fields --minimal --marker --limit' ;;
        user-show) words='' ;;
        user-create) words='--password --password-stdin --email --project' ;;
        user-set) words='--name --email --project --enable --disable --password --password-stdin --password-prompt' ;;
        user-delete) words='' ;;
        project-list) words='--sort --fields --minimal --marker --limit' ;;
        project-show) words='' ;;
        project-create) words='--description' ;;
        project-set) words='--name --description --enable --disable' ;;
        project-delete) words='' ;;
        role-list) words='--sort --fields --minimal --marker --limit' ;;
        role-add) words='--user --project' ;;
        role-remove) words='--user --project' ;;
        role-assignment-list) words='--user --project --sort --fields --minimal --marker --limit' ;;
        quota-show) words='--tenant --detail' ;;
        quota-defaults) words='--tenant' ;;
        quota-update) words='--instances --cores --ram --metadata-items --key-pairs --server-groups --server-group-members --force' ;;
        quota-delete) words='--tenant' ;;
        quota-class-show) words='' ;;
        quota-class-update) words='--instances --cores --ram --metadata-items --key-pairs --server-groups --server-group-members' ;;
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
        help) words='login logout whoami token-issue boot list show update meta server-tag-list server-tag-add server-tag-set server-tag-delete server-tag-delete-all start stop reboot pause unpause suspend resume lock unlock reset-state delete ssh console tunnel console-log trace explain instance-action-list instance-action image-list image-show image-set image-delete image-create image-upload image-download flavor-list flavor-show flavor-create flavor-delete flavor-update flavor-key flavor-access-list flavor-access-add flavor-access-remove keypair-add keypair-list keypair-show keypair-delete network-list network-show network-create network-delete subnet-list subnet-show subnet-create subnet-delete port-list port-show port-create port-delete volume-list volume-show volume-create volume-delete user-list user-show user-create user-set user-delete project-list project-show project-create project-set project-delete role-list role-add role-remove role-assignment-list quota-show quota-defaults quota-update quota-delete quota-class-show quota-class-update limits usage usage-list server-group-create server-group-list server-group-get server-group-delete availability-zone-list aggregate-create aggregate-list aggregate-show aggregate-update aggregate-add-host aggregate-remove-host aggregate-set-metadata aggregate-delete hypervisor-list hypervisor-show hypervisor-servers hypervisor-stats hypervisor-uptime hypervisor-set service-list service-enable service-disable service-force-down service-delete audit doctor dead-letters dead-letters-replay dead-letters-delete errors help completion bash-completion' ;;
        completion) words='bash zsh fish' ;;
        bash-completion) words='' ;;
    esac
    [[ $current == -* ]] && words+=' -f --format -c --column --quiet --timeout --endpoint --ca-file --config-dir --username --project --require-keyring --debug --version -h --help'
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _vmctl vmctl
