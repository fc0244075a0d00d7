if (-not ("$(dotnet --version 2>$null)" -match '^1[0-9]\.')) { [Console]::Error.WriteLine('build: the .NET 10 SDK is missing or too old; get it from https://dotnet.microsoft.com/download/dotnet/10.0'); exit 1 }
Set-Location $PSScriptRoot; dotnet run build.cs -- @args
exit $LASTEXITCODE
