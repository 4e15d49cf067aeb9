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
        '') words='login logout whoami token-issue boot list show delete ssh console console-log trace explain instance-action-list instance-action image-list image-show image-set image-delete image-create image-upload image-download flavor-list flavor-show flavor-create flavor-delete keypair-add keypair-list keypair-show keypair-delete network-list network-show network-create network-delete subnet-list subnet-show subnet-create subnet-delete port-list port-show port-create port-delete volume-list volume-show volume-create volume-delete user-list user-show user-create user-set user-delete project-list project-show project-create project-set project-delete role-list role-add role-remove role-assignment-list quota-show quota-update hypervisor-list hypervisor-show service-list audit doctor dead-letters dead-letters-replay dead-letters-delete help completion bash-completion' ;;
        login) words='--password-stdin' ;;
        logout) words='' ;;
        whoami) words='' ;;
        token-issue) words='' ;;
        boot) words='--flavor --image --image-with --boot-volume --block-device --nic --min-count --max-count --meta --key-name --user-data --availability-zone --config-drive --description --hostname --poll --wait --trace --return-reservation-id --idempotency-key' ;;
        list) words='--all-tenants --status --name --host --deleted --reservation-id --minimal --fields --sort --marker --limit' ;;
        show) words='--minimal' ;;
        delete) words='--all-tenants --wait --poll' ;;
        ssh) words='--login -i --identity --port --extra-opts' ;;
        console) words='' ;;
        console-log) words='--length' ;;
        trace) words='' ;;
        explain) words='' ;;
        instance-action-list) words='' ;;
        instance-action) words='' ;;
        image-list) words='--name --marker --limit' ;;
        image-show) words='' ;;
        image-set) words='--name --min-disk --min-ram --public --private --visibility --protected --unprotected --property --remove-property' ;;
        image-delete) words='' ;;
        image-create) words='--metadata --show --poll' ;;
        image-upload) words='--file --disk-format --min-disk --min-ram --visibility --public --protected --property --progress' ;;
        image-download) words='--file --progress' ;;
        flavor-list) words='--extra-specs --all --min-ram --min-disk --marker --limit' ;;
        flavor-show) words='' ;;
        flavor-create) words='--ephemeral --swap --is-public --description' ;;
        flavor-delete) words='' ;;
        keypair-add) words='--pub-key --key-type' ;;
        keypair-list) words='--marker --limit' ;;
        keypair-show) words='' ;;
        keypair-delete) words='' ;;
        network-list) words='--all-tenants' ;;
        network-show) words='' ;;
        network-create) words='--shared --mtu' ;;
        network-delete) words='' ;;
        subnet-list) words='--network --all-tenants' ;;
        subnet-show) words='' ;;
        subnet-create) words='--name --gateway --no-gateway --dns-nameserver --allocation-pool' ;;
        subnet-delete) words='' ;;
        port-list) words='--network --server --all-tenants' ;;
        port-show) words='' ;;
        port-create) words='--name --fixed-ip --mac-address' ;;
        port-delete) words='' ;;
        volume-list) words='--all-tenants' ;;
        volume-show) words='' ;;
        volume-create) words='--name --image --image-id' ;;
        volume-delete) words='' ;;
        user-list) words='' ;;
        user-show) words='' ;;
        user-create) words='--password --password-stdin --email --project' ;;
        user-set) words='--name --email --project --enable --disable --password --password-stdin --password-prompt' ;;
        user-delete) words='' ;;
        project-list) words='' ;;
        project-show) words='' ;;
        project-create) words='--description' ;;
        project-set) words='--name --description --enable --disable' ;;
        project-delete) words='' ;;
        role-list) words='' ;;
        role-add) words='--user --project' ;;
        role-remove) words='--user --project' ;;
        role-assignment-list) words='--user --project' ;;
        quota-show) words='--tenant --detail' ;;
        quota-update) words='--instances --cores --ram --key-pairs --metadata-items' ;;
        hypervisor-list) words='--matching' ;;
        hypervisor-show) words='' ;;
        service-list) words='--host' ;;
        audit) words='--repair --deep' ;;
        doctor) words='' ;;
        dead-letters) words='' ;;
        dead-letters-replay) words='--all' ;;
        dead-letters-delete) words='' ;;
        help) words='login logout whoami token-issue boot list show delete ssh console console-log trace explain instance-action-list instance-action image-list image-show image-set image-delete image-create image-upload image-download flavor-list flavor-show flavor-create flavor-delete keypair-add keypair-list keypair-show keypair-delete network-list network-show network-create network-delete subnet-list subnet-show subnet-create subnet-delete port-list port-show port-create port-delete volume-list volume-show volume-create volume-delete user-list user-show user-create user-set user-delete project-list project-show project-create project-set project-delete role-list role-add role-remove role-assignment-list quota-show quota-update hypervisor-list hypervisor-show service-list audit doctor dead-letters dead-letters-replay dead-letters-delete help completion bash-completion' ;;
        completion) words='bash zsh fish' ;;
        bash-completion) words='' ;;
    esac
    [[ $current == -* ]] && words+=' -f --format -c --column --quiet --timeout --endpoint --ca-file --config-dir --username --project --require-keyring --debug --version -h --help'
    COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _vmctl vmctl
