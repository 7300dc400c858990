# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_reprompt_global_optspecs
    string join \n C/repo= c/config= cache= json q/quiet v/verbose color= no-progress h/help V/version
end

function __fish_reprompt_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_reprompt_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_reprompt_using_subcommand
    set -l cmd (__fish_reprompt_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c reprompt -n "__fish_reprompt_needs_command" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_needs_command" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_needs_command" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_needs_command" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_needs_command" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_needs_command" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_needs_command" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_needs_command" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_needs_command" -s V -l version -d 'Print version'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "ingest" -d 'Read exported traces into the cache'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "intents" -d 'Name what users wanted, and show it over time'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "findings" -d 'Show the problems that were found, and their state'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "propose" -d 'Write the smallest change that answers a finding to a branch'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "check" -d 'Check a change of prompts against the guardrails'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "eval" -d 'Compare base and head on the evaluation suites'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "rollback" -d 'Undo the last proposal for a prompt, or go back to a version'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "init" -d 'Write a config for the prompts, tools and suites found here'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "demo" -d 'Run the whole loop on an example repository'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "completions" -d 'Print a completion script for a shell'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "man" -d 'Print the manual page'
complete -c reprompt -n "__fish_reprompt_needs_command" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand ingest" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand intents" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand intents" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand intents" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand findings" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand findings" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand findings" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand propose" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand eval" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand init" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand demo" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand demo" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand demo" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand demo" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand demo" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand completions" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s C -l repo -d 'Work on the prompt repository in DIR instead of the current folder' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s c -l config -d 'Read this config instead of the `reprompt.yaml` found by walking up' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -l cache -d 'Keep both databases in DIR instead of the XDG folders [env: REPROMPT_CACHE]' -r -F
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -l color -d 'When to use colour' -r -f -a "auto\t'Colour on a terminal'
always\t'Colour always'
never\t'Never'"
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -l json -d 'Print one JSON document instead of text'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s q -l quiet -d 'Print results and warnings only'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s v -l verbose -d 'Print more detail'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -l no-progress -d 'Show no progress bar'
complete -c reprompt -n "__fish_reprompt_using_subcommand man" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "ingest" -d 'Read exported traces into the cache'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "intents" -d 'Name what users wanted, and show it over time'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "findings" -d 'Show the problems that were found, and their state'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "propose" -d 'Write the smallest change that answers a finding to a branch'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "check" -d 'Check a change of prompts against the guardrails'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "eval" -d 'Compare base and head on the evaluation suites'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "rollback" -d 'Undo the last proposal for a prompt, or go back to a version'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "init" -d 'Write a config for the prompts, tools and suites found here'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "demo" -d 'Run the whole loop on an example repository'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "completions" -d 'Print a completion script for a shell'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "man" -d 'Print the manual page'
complete -c reprompt -n "__fish_reprompt_using_subcommand help; and not __fish_seen_subcommand_from ingest intents findings propose check eval rollback init demo completions man help" -f -a "help" -d 'Print this message or the help of the given subcommand(s)'
