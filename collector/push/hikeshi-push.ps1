<#
.SYNOPSIS
Runs hikeshi.exe on many PCs as SYSTEM and collects exit codes and archives into a table.

.DESCRIPTION
For each PC: the program is copied to ADMIN$\Temp, a scheduled task runs it once as SYSTEM, the archive goes straight to a folder of
that PC's own on the share, and task and program are removed again. Nothing else is written to the PC's disks.
Needs on the PCs: file sharing (445) and the Task Scheduler service by RPC, as an administrator of the PC. Windows 7 and later.
Needs on the share: "Domain Computers" may create files (SYSTEM reaches a share as the computer's account).
Windows PowerShell 5.1 or PowerShell 7, on Windows.

.EXAMPLE
.\hikeshi-push.ps1 -ComputerName PC01,PC02 -Share \\server\share\hikeshi -Case 2026-014

.EXAMPLE
.\hikeshi-push.ps1 -HostList hosts.txt -Share \\server\share\hikeshi -Throttle 20 -TimeoutMinutes 45 -Arguments '--background'
#>
[CmdletBinding(SupportsShouldProcess = $true, DefaultParameterSetName = 'Names')]
param(
    [Parameter(Mandatory = $true, ParameterSetName = 'Names')][string[]]$ComputerName,
    # A text file, one PC a line; blank lines and lines that begin with # do not count.
    [Parameter(Mandatory = $true, ParameterSetName = 'List')][string]$HostList,
    [Parameter(Mandatory = $true)][string]$Share,
    [string]$Program = (Join-Path $PSScriptRoot 'hikeshi.exe'),
    [string]$Case = '',
    # More options for "hikeshi collect", as one text.
    [string]$Arguments = '',
    [ValidateRange(1, 200)][int]$Throttle = 10,
    [ValidateRange(2, 1440)][int]$TimeoutMinutes = 60,
    [string]$Report = (Join-Path (Get-Location) ('hikeshi-push-{0:yyyyMMdd-HHmmss}.csv' -f (Get-Date)))
)

Set-StrictMode -Version 2.0
$ErrorActionPreference = 'Stop'

# What runs for one PC, in a runspace of its own. It returns one row whatever happens.
$OnePc = {
    param([string]$Name, [string]$Program, [string]$Share, [string]$Case, [string]$Arguments, [int]$TimeoutMinutes)
    Set-StrictMode -Version 2.0
    $ErrorActionPreference = 'Stop'
    $meanings = @{ 0 = 'ok'; 1 = 'partial'; 2 = 'usage'; 3 = 'output'; 4 = 'source'; 5 = 'broken'; 6 = 'cancelled'; 7 = 'internal' }
    $row = [ordered]@{ Computer = $Name; State = 'failed'; ExitCode = ''; Meaning = ''; Archive = ''; Bytes = ''; Sha256 = ''; Minutes = ''; Error = '' }
    $started = Get-Date
    $id = 'hikeshi-' + [guid]::NewGuid().ToString('N').Substring(0, 12)
    $remote = "\\$Name\ADMIN`$\Temp\$id.exe"
    $folder = $null
    $root = $null
    $step = 'make the folder on the share'
    try {
        $out = Join-Path $Share $Name
        if (-not (Test-Path -LiteralPath $out)) { New-Item -ItemType Directory -Path $out | Out-Null }
        $before = @(Get-ChildItem -LiteralPath $out -Filter 'HIKESHI_*' | ForEach-Object { $_.Name })

        $step = 'copy the program'
        Copy-Item -LiteralPath $Program -Destination $remote

        $step = 'reach the task scheduler'
        $service = New-Object -ComObject 'Schedule.Service'
        $service.Connect($Name)
        $root = $service.GetFolder('\')

        # It seals by itself a little before the scheduler would end it the hard way.
        $limit = [Math]::Max(1, $TimeoutMinutes - 5)
        $line = "collect --out `"$out`" --quiet --time-limit $limit"
        if ($Case) { $line += " --case `"$Case`"" }
        if ($Arguments) { $line += " $Arguments" }
        $escaped = [Security.SecurityElement]::Escape($line)
        $xml = @"
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <Principals><Principal id="Author"><UserId>S-1-5-18</UserId><RunLevel>HighestAvailable</RunLevel></Principal></Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <AllowHardTerminate>true</AllowHardTerminate>
    <AllowStartOnDemand>true</AllowStartOnDemand>
    <Hidden>true</Hidden>
    <ExecutionTimeLimit>PT${TimeoutMinutes}M</ExecutionTimeLimit>
    <Priority>7</Priority>
  </Settings>
  <Actions Context="Author"><Exec><Command>%SystemRoot%\Temp\$id.exe</Command><Arguments>$escaped</Arguments></Exec></Actions>
</Task>
"@
        $step = 'register the task'
        # 6 = create or update, 5 = service account
        $task = $root.RegisterTask($id, $xml, 6, 'SYSTEM', $null, 5, $null)
        $step = 'start the task'
        $task.Run($null) | Out-Null

        $step = 'wait for the task'
        $deadline = $started.AddMinutes($TimeoutMinutes + 2)
        $state = 0
        do {
            Start-Sleep -Seconds 5
            $task = $root.GetTask($id)
            $state = $task.State
            # 2 = queued, 4 = running
        } while (($state -eq 4 -or $state -eq 2) -and (Get-Date) -lt $deadline)
        if ($state -eq 4) {
            $row.State = 'timeout'
            $task.Stop(0)
        } else {
            $code = [int]$task.LastTaskResult
            $row.ExitCode = $code
            $row.Meaning = if ($meanings.ContainsKey($code)) { $meanings[$code] } else { '0x{0:X8}' -f $code }
            $row.State = 'done'
        }

        $step = 'find the archive'
        $new = @(Get-ChildItem -LiteralPath $out -Filter 'HIKESHI_*' | Where-Object { $before -notcontains $_.Name })
        $archive = $new | Where-Object { $_.Name -match '\.zip(\.age)?$' } | Select-Object -First 1
        if (-not $archive) { $archive = $new | Where-Object { $_.Name -like '*.partial' } | Select-Object -First 1 }
        if ($archive) {
            $row.Archive = $archive.FullName
            $row.Bytes = $archive.Length
            $digest = "$($archive.FullName).sha256"
            if (Test-Path -LiteralPath $digest) { $row.Sha256 = (Get-Content -LiteralPath $digest -TotalCount 1).Split(' ')[0] }
        }
    } catch {
        $row.Error = "${step}: $($_.Exception.Message)"
    } finally {
        if ($root) { try { $root.DeleteTask($id, 0) } catch { $row.Error += ' (the task could not be removed)' } }
        # The examiner ends a moment after the program does.
        for ($i = 0; $i -lt 5; $i++) {
            try {
                if (Test-Path -LiteralPath $remote) { Remove-Item -LiteralPath $remote -Force }
                break
            } catch { Start-Sleep -Seconds 2 }
        }
        $row.Minutes = [Math]::Round(((Get-Date) - $started).TotalMinutes, 1)
    }
    [pscustomobject]$row
}

$names = if ($PSCmdlet.ParameterSetName -eq 'List') { Get-Content -LiteralPath $HostList } else { $ComputerName }
$names = @($names | ForEach-Object { $_.Trim() } | Where-Object { $_ -and -not $_.StartsWith('#') } | Sort-Object -Unique)
if ($names.Count -eq 0) { throw 'no PC is named' }
$Program = (Resolve-Path -LiteralPath $Program).ProviderPath
if (-not (Test-Path -LiteralPath $Share)) { throw "the share cannot be reached: $Share" }

$pool = [runspacefactory]::CreateRunspacePool(1, $Throttle)
$pool.Open()
$running = @()
$rows = @()
try {
    foreach ($name in $names) {
        if (-not $PSCmdlet.ShouldProcess($name, 'run hikeshi collect as SYSTEM')) { continue }
        $ps = [powershell]::Create()
        $ps.RunspacePool = $pool
        [void]$ps.AddScript($OnePc.ToString()).AddParameters(@{
            Name = $name; Program = $Program; Share = $Share; Case = $Case; Arguments = $Arguments; TimeoutMinutes = $TimeoutMinutes
        })
        $running += [pscustomobject]@{ Name = $name; Shell = $ps; Handle = $ps.BeginInvoke() }
    }
    while ($running.Count -gt 0) {
        $done = @($running | Where-Object { $_.Handle.IsCompleted })
        foreach ($one in $done) {
            $rows += $one.Shell.EndInvoke($one.Handle)
            $one.Shell.Dispose()
            Write-Progress -Activity 'hikeshi' -Status "$($one.Name)" -PercentComplete (100 * $rows.Count / $names.Count)
        }
        $running = @($running | Where-Object { $done -notcontains $_ })
        # After each: what is known is kept, whatever happens to this window.
        if ($done.Count -gt 0) { $rows | Sort-Object Computer | Export-Csv -LiteralPath $Report -NoTypeInformation -Encoding UTF8 }
        if ($running.Count -gt 0) { Start-Sleep -Milliseconds 500 }
    }
} finally {
    foreach ($one in $running) { $one.Shell.Dispose() }
    $pool.Close()
}
$columns = @('Computer', 'State', 'ExitCode', 'Meaning', 'Bytes', 'Minutes', 'Archive', 'Error')
$rows | Sort-Object Computer | Format-Table -Property $columns -AutoSize | Out-Host
Write-Host "Table: $Report"
if (@($rows | Where-Object { $_.State -ne 'done' -or $_.ExitCode -gt 1 }).Count -gt 0) { exit 1 }
